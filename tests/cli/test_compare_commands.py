"""`od diff`, `od changes` and `od cite`."""

from __future__ import annotations

import polars as pl
import pytest
from opendata.protocol import history
from opendata.stores import driver
from opendata.stores.local import LocalStore

from tests.cli.conftest import Command
from tests.read.publishing import BARS, author, bars, publish_bars


@pytest.fixture
def corrected(store: LocalStore) -> LocalStore:
    """One cell corrected, one day added, one hidden."""
    frame = bars("2026-11-01").with_columns(trades=pl.col("trades") + (pl.col("trades") == 2))
    publish_bars(store, {"2026-11-01": frame, "2026-11-03": bars("2026-11-03", rows=2)})
    driver.run(history.yank(BARS, "2026-11-02", author(), "wrong"), store)
    return store


def test_diff_shows_numbers_and_the_first_cells(run: Command, corrected: LocalStore) -> None:
    code, out, err = run("diff", BARS, "seq:1")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        f"id\t{BARS}",
        "from\tseq:1",
        "to\tseq:3",
        "partitions\t1 added, 1 removed, 1 changed",
        "rows\t2 added, 24 removed, 1 changed, 23 unchanged",
        "2026-11-01T02:00:00.000Z\tETH\ttrades\t2\t3",
    ]
    people = run("diff", BARS, "seq:1", "seq:2", "--format", "human")[1]
    assert "2 added, 0 removed, 1 changed, 47 unchanged" in people
    assert people.splitlines()[-2].split() == ["open_time", "symbol", "column", "before", "after"]


def test_diff_lists_rows_as_many_as_wanted(run: Command, corrected: LocalStore) -> None:
    document = run.json("diff", BARS, "seq:1", "--rows", "-n", "2")
    assert document["partitions"] == {"added": ["2026-11-03"], "removed": ["2026-11-02"], "changed": ["2026-11-01"]}
    assert document["rows"] == {"added": 2, "removed": 24, "changed": 1, "unchanged": 23}
    assert document["listed"] == [
        {"open_time": "2026-11-01T02:00:00.000Z", "symbol": "ETH", "change": "changed"},
        {"open_time": "2026-11-02T00:00:00.000Z", "symbol": "ETH", "change": "removed"},
    ]
    assert run("diff", BARS, "seq:1", "-n", "0")[1].count("\n") == 5
    assert run("diff", BARS, "seq:1", "--format", "quiet") == (0, "", "")


def test_diff_of_equal_states_succeeds(run: Command, corrected: LocalStore) -> None:
    document = run.json("diff", BARS, "seq:2", "seq:2")
    assert (document["listed"], document["rows"]["unchanged"]) == ([], 50)


def test_diff_names_what_it_cannot_find(run: Command) -> None:
    assert run("diff", BARS, "seq:9")[0] == 3
    assert run("diff", BARS, "whatever")[0] == 1


def test_changes_lists_partitions_with_the_reason(run: Command, corrected: LocalStore) -> None:
    found = run.json("changes", BARS, "--since", "seq:1")
    assert [(change["partition"], change["after"], change["op"], change["reason"]) for change in found] == [
        ("2026-11-01", "2026-11-01.r2", "correct", ""),
        ("2026-11-02", None, "yank", "wrong"),
        ("2026-11-03", "2026-11-03", "correct", ""),
    ]
    assert run("changes", BARS, "--since", "seq:3") == (0, "", "nothing has changed since then\n")
    assert run("changes", BARS)[0] == 2


def test_changes_speaks_chinese(run: Command, corrected: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert run("changes", BARS, "--since", "seq:3")[2] == "此后没有变化\n"
    head = run("changes", BARS, "--since", "seq:1", "--format", "human")[1].splitlines()[0]
    assert head.split() == ["分区", "之前", "之后", "序号", "提交时间", "操作", "原因"]
    assert "新增" in run("diff", BARS, "seq:1", "--format", "human")[1]


@pytest.mark.parametrize(("style", "mark"), [("bibtex", "@misc{"), ("apa", "[Data set]"), ("gbt7714", "[DS/OL]")])
def test_cite_prints_what_goes_into_a_paper(run: Command, style: str, mark: str) -> None:
    code, out, err = run("cite", f"{BARS}@2026-11-01", "--style", style)
    assert (code, err) == (0, "")
    assert mark in out
    assert f"{BARS}@2026-11-01" in out
    document = run.json("cite", BARS, "--version", "2026-11-01", "--style", style)
    assert document["citation"] == out.removesuffix("\n")
