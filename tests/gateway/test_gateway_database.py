"""The database port keeps the same promises over SQLite and Postgres."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from opendata.errors import InvalidValue

from opendata_platform.gateway.database import Database, open_database


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    with opened.transaction() as tx:
        tx.execute("CREATE TABLE counters (name TEXT PRIMARY KEY, value BIGINT NOT NULL)")
    yield opened
    opened.close()


def read(database: Database, name: str) -> int | None:
    with database.transaction() as tx:
        rows = tx.execute("SELECT value FROM counters WHERE name = :name", name=name)
    return rows[0]["value"] if rows else None


def test_a_transaction_is_kept_as_a_whole(database: Database) -> None:
    with database.transaction() as tx:
        tx.execute("INSERT INTO counters (name, value) VALUES (:name, :value)", name="a", value=2**53)
        tx.execute("INSERT INTO counters (name, value) VALUES (:name, 7)", name="b")

    assert (read(database, "a"), read(database, "b")) == (2**53, 7)


def test_a_transaction_that_raises_leaves_nothing(database: Database) -> None:
    def fail_late() -> None:
        with database.transaction() as tx:
            tx.execute("INSERT INTO counters (name, value) VALUES (:name, 1)", name="a")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_late()

    assert read(database, "a") is None


def test_values_are_parameters_and_never_part_of_the_statement(database: Database) -> None:
    hostile = "a'; DROP TABLE counters; -- :name %s %"
    with database.transaction() as tx:
        tx.execute("INSERT INTO counters (name, value) VALUES (:name, 1)", name=hostile)
        found = tx.execute("SELECT name FROM counters WHERE name LIKE 'a%' AND name = :name", name=hostile)

    assert found == [{"name": hostile}]


def test_a_count_is_exact_when_threads_read_and_write_it_side_by_side(database: Database) -> None:
    with database.transaction() as tx:
        tx.execute("INSERT INTO counters (name, value) VALUES ('a', 0)")

    def add_one(_: int) -> None:
        with database.transaction() as tx:
            value = tx.execute("SELECT value FROM counters WHERE name = 'a'")[0]["value"]
            tx.execute("UPDATE counters SET value = :value WHERE name = 'a'", value=value + 1)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add_one, range(200)))

    assert read(database, "a") == 200


def test_one_of_many_inserts_of_the_same_key_wins(database: Database) -> None:
    def insert(value: int) -> bool:
        with database.transaction() as tx:
            sql = "INSERT INTO counters (name, value) VALUES ('a', :value) ON CONFLICT DO NOTHING RETURNING value"
            return bool(tx.execute(sql, value=value))

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(insert, range(20)))

    assert won.count(True) == 1
    assert read(database, "a") == won.index(True)


def test_opening_again_keeps_what_is_there(database: Database, database_url: str) -> None:
    with database.transaction() as tx:
        tx.execute("INSERT INTO counters (name, value) VALUES ('a', 3)")

    again = open_database(database_url)

    assert read(again, "a") == 3
    again.close()


def test_processes_that_open_a_new_database_together_migrate_it_once(database_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(open_database, [database_url] * 4))

    with opened[0].transaction() as tx:
        names = [row["name"] for row in tx.execute("SELECT name FROM migrations ORDER BY name")]
    assert names[0] == "001_registry"
    assert len(names) == len(set(names))
    for database in opened:
        database.close()


def test_another_scheme_is_refused_without_showing_the_password() -> None:
    with pytest.raises(InvalidValue) as caught:
        open_database("mysql://user:hunter2@host/db")

    assert "hunter2" not in str(caught.value)
