"""A creator's folder, from `od init` to a publication: opendata.yaml, main.py, and the table that main.py writes.

project    what opendata.yaml says: metadata, columns, where the output is
scaffold   the files of a new folder
output     the table that main.py wrote, of the declared types
checks     what must hold of its rows, and what is odd about them
published  what it would take the place of
changes    what it would change
validate   all of that, as a report
push       publishing it to a folder, a bucket or a gateway
"""
