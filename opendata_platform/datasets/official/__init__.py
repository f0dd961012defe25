"""The official datasets, one file each. A file holds the schema and a `SPEC`; `catalog` finds it."""
