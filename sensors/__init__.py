"""Dagster sensors: what the daemon keeps settled."""
