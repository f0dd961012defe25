"""What the edge needs of the gateway's database, as SQL for D1: keys, as their SHA-256, and whose datasets are whose.

The statements replace what was there under the same key, so they may be run again after every change.
"""

from __future__ import annotations

from collections.abc import Iterator

from opendata_platform.gateway.database import Database

TABLES = ("api_keys", "datasets")
"""What a reader's request is judged by. Sessions, tickets, limits and usage stay where they are."""


def export_statements(database: Database) -> Iterator[str]:
    """One statement for each row of `TABLES`, in the order of their primary keys."""
    for table in TABLES:
        with database.transaction() as tx:
            rows = tx.execute(f"SELECT * FROM {table} ORDER BY 1")  # noqa: S608 - a name from the table above
        for row in rows:
            values = ", ".join(_literal(value) for value in row.values())
            yield f"INSERT OR REPLACE INTO {table} ({', '.join(row)}) VALUES ({values});"  # noqa: S608 - quoted here


def _literal(value: str | None) -> str:
    """Text as SQLite reads it; every column of these tables is text."""
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"
