"""Dagster assets, made from the declarations in `opendata_platform.datasets`."""
