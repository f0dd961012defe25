"""Dagster resources: the store behind an IO manager, and the clients of the sources."""
