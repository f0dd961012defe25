"""The commit protocol, written without I/O.

Publish, correct, roll back, yank, travel in time, join the index, collect garbage, check and repair: each is a
generator that yields store operations (`operations`) and is driven by `opendata.stores.driver`.
"""
