"""The gateway's database: one port over SQLite and Postgres, with plain SQL that both understand.

Transactions run one at a time, in SQLite by its write lock and in Postgres by an advisory lock, so what a transaction
reads stays true until it ends and nothing needs to be tried again. A block within another of the same thread is a part
of it. Keep them short, and never ask a store inside one.
"""

from __future__ import annotations

import re
import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, cast

from opendata.errors import InvalidValue

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 30
"""How long a transaction waits for its turn before it fails."""
ADVISORY_LOCK = 0x6F64_6770
"""The number of the lock that every transaction of a gateway takes in Postgres."""
CONNECTIONS = 8

Row = dict[str, Any]


class Transaction(Protocol):
    """What may be done within one transaction."""

    def execute(self, sql: str, **named: object) -> list[Row]:
        """Run one statement with `:name` parameters; returns its rows (none if it has no result)."""
        ...


class Database(ABC):
    """A database whose schema is up to date; usable from any thread."""

    def __init__(self) -> None:
        self._running = threading.local()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A transaction that commits at the end of the outermost block and rolls back if that raises."""
        outer: Transaction | None = getattr(self._running, "transaction", None)
        if outer is not None:
            yield outer
            return
        with self._begin() as begun:
            self._running.transaction = begun
            try:
                yield begun
            finally:
                self._running.transaction = None

    @abstractmethod
    def select(self, sql: str, **named: object) -> list[Row]:
        """The rows of one query that nothing is written by; it waits for no transaction of another process."""

    @abstractmethod
    def _begin(self) -> AbstractContextManager[Transaction]:
        """A transaction of its own."""

    @abstractmethod
    def close(self) -> None:
        """Let go of every connection."""

    def migrate(self) -> None:
        """Run the scripts of `migrations` that have not run here yet, in the order of their names."""
        with self.transaction() as tx:
            tx.execute("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY)")
            done = {row["name"] for row in tx.execute("SELECT name FROM migrations")}
            for script in sorted(MIGRATIONS.glob("*.sql")):
                if script.stem not in done:
                    for statement in script.read_text(encoding="utf-8").split(";\n"):
                        if statement.strip():
                            tx.execute(statement)
                    tx.execute("INSERT INTO migrations (name) VALUES (:name)", name=script.stem)


def open_database(url: str) -> Database:
    """Open `sqlite:///path` or `postgresql://…` and bring its schema up to date."""
    if url.startswith("sqlite:///"):
        database: Database = SqliteDatabase(Path(url.removeprefix("sqlite:///")))
    elif url.startswith("postgresql://"):
        database = PostgresDatabase(url)
    else:
        scheme = url.partition(":")[0]
        raise InvalidValue("OPENDATA_GATEWAY_DATABASE", f"{scheme}:…", "must be sqlite:///path or postgresql://…")
    database.migrate()
    return database


class SqliteDatabase(Database):
    """One file and one connection: threads queue for it here, other processes at SQLite's own lock."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        self._connection.row_factory = sqlite3.Row
        self._turn = threading.Lock()
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA foreign_keys = ON")

    def select(self, sql: str, **named: object) -> list[Row]:
        with self._turn:
            return _SqliteTransaction(self._connection).execute(sql, **named)

    @contextmanager
    def _begin(self) -> Iterator[Transaction]:
        with self._turn:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield _SqliteTransaction(self._connection)
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        with self._turn:
            self._connection.close()


class _SqliteTransaction:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, sql: str, **named: object) -> list[Row]:
        return [dict(row) for row in self._connection.execute(sql, named)]


class PostgresDatabase(Database):
    """A server's database and a few connections to it."""

    def __init__(self, url: str) -> None:
        super().__init__()
        from psycopg.rows import dict_row
        from psycopg_pool import ConnectionPool

        self._pool = ConnectionPool(
            url, min_size=1, max_size=CONNECTIONS, timeout=BUSY_SECONDS, kwargs={"row_factory": dict_row}, open=True
        )

    def select(self, sql: str, **named: object) -> list[Row]:
        with self._pool.connection() as connection:
            return _PostgresTransaction(connection).execute(sql, **named)

    @contextmanager
    def _begin(self) -> Iterator[Transaction]:
        with self._pool.connection() as connection:
            transaction = _PostgresTransaction(connection)
            transaction.execute("SELECT pg_advisory_xact_lock(:lock)", lock=ADVISORY_LOCK)
            yield transaction

    def close(self) -> None:
        self._pool.close()


class _PostgresTransaction:
    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def execute(self, sql: str, **named: object) -> list[Row]:
        cursor = self._connection.execute(_percent_style(sql), named)
        return cast("list[Row]", cursor.fetchall()) if cursor.description else []


@lru_cache(maxsize=256)
def _percent_style(sql: str) -> str:
    return re.sub(r"(?<![:\w]):([a-z_]+)", r"%(\1)s", sql.replace("%", "%%"))
