"""Reading: plan (prune) → fetch (parallel, resumable, verified) → cache → engines (polars, pandas, arrow).

`request` understands what the caller asks for, `plan` finds the files, `source` makes them local and verified, and
`engines` turns them into a table.
"""
