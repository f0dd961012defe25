"""Dagster schedules, made from the publication times in the declarations."""
