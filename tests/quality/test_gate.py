"""Checks: what each finds, how it counts, and that the gate leaves none out."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import dataframely as dy
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opendata.contract.evidence import CheckResult, Evidence, Verdict
from opendata.contract.records import Data
from opendata.errors import InvalidValue

from opendata_platform.quality import rules
from opendata_platform.quality.checks import STANDARD, Alone, Check, Context, Head
from opendata_platform.quality.gate import describe, examine
from opendata_platform.quality.rows import RowAudit
from opendata_platform.quality.schemas import table_schema
from opendata_platform.sources.outcome import Provenance

DAY = "2024-03-11"


class Bar(dy.Schema):
    at = dy.Datetime(primary_key=True, time_unit="ms", time_zone="UTC", description="Start")
    low = dy.Float64(min_exclusive=0, metadata={"unit": "USD"})
    high = dy.Float64(min_exclusive=0, metadata={"unit": "USD"})
    volume = dy.Float64(nullable=True, min=0)
    amount = dy.Float64(nullable=True)

    @dy.rule()
    def low_below_high(cls) -> pl.Expr:
        return pl.col("low") <= pl.col("high")


def _bars(day: str = DAY) -> pl.DataFrame:
    start = datetime.fromisoformat(f"{day}T00:00+00:00")
    return pl.DataFrame(
        {
            "at": [start + timedelta(hours=n) for n in range(24)],
            "low": [10.0 + n for n in range(24)],
            "high": [12.0 + n for n in range(24)],
            "volume": [5.0] * 24,
            "amount": [5.0 * (11 + n) for n in range(24)],
        },
        schema={
            "at": pl.Datetime("ms", "UTC"),
            "low": pl.Float64,
            "high": pl.Float64,
            "volume": pl.Float64,
            "amount": pl.Float64,
        },
    )


def _context(
    frame: pl.DataFrame,
    head: Head | None = None,
    provenance: Provenance | None = None,
    unknown: tuple[str, ...] = (),
    repeats: int = 0,
) -> Context:
    return Context(DAY, table_schema(Bar, "at"), RowAudit(Bar, frame), provenance, head, unknown, repeats)


def _head(newest: Data | None = None, provenance: Provenance | None = None) -> Head:
    return Head(newest, provenance)


class _After(Alone):
    """A published day before."""

    def __init__(self, before: pl.DataFrame) -> None:
        self.before = before

    def frame(self, dataset: str, offset: int = 0) -> pl.DataFrame | None:
        return self.before if offset == -1 else None


def _data(rows: int, first: str, last: str) -> Data:
    return Data("2024-03-10", "a" * 64, "b" * 64, "c" * 64, 1, rows, first, last)


def _standard(name: str) -> Check:
    return next(check for check in STANDARD if check.name == name)


def _set(row: int, column: str, value: float | None) -> Callable[[pl.DataFrame], pl.DataFrame]:
    def change(frame: pl.DataFrame) -> pl.DataFrame:
        at = pl.int_range(pl.len()) == row
        return frame.with_columns(pl.when(at).then(pl.lit(value)).otherwise(pl.col(column)).alias(column))

    return change


@pytest.mark.parametrize(
    ("change", "fails"),
    [
        (_set(3, "low", math.nan), "finite"),
        (_set(3, "high", math.inf), "finite"),
        (_set(3, "amount", -math.inf), "finite"),
        (_set(3, "low", None), "nulls"),
        (_set(3, "low", 99.0), "rows"),
        (_set(3, "volume", -1.0), "rows"),
        (lambda frame: pl.concat([frame, frame.tail(1)]), "primary_key"),
        (lambda frame: frame.head(0), "not_empty"),
    ],
)
def test_a_standard_check_finds_its_fault_and_names_the_row(
    change: Callable[[pl.DataFrame], pl.DataFrame], fails: str
) -> None:
    frame = change(_bars())
    results = {check.name: check.run(frame, _context(frame)) for check in STANDARD}
    assert not results[fails].passed
    others = {name for name, result in results.items() if not result.passed} - {fails}
    assert others <= {"rows"}  # what is not finite breaks rules about its size too
    if frame.height:
        assert results[fails].numerator >= 1
        assert results[fails].denominator == frame.height
        assert results[fails].sample_keys[0].startswith("2024-03-11T")


def test_good_rows_pass_every_standard_check() -> None:
    frame = _bars()
    assert all(check.run(frame, _context(frame)).passed for check in STANDARD)


@given(st.sets(st.integers(0, 23), min_size=1))
def test_every_missing_time_is_counted_and_named(missing: set[int]) -> None:
    frame = _bars().filter(~pl.col("at").dt.hour().is_in(list(missing)))
    result = rules.complete_day("at", timedelta(hours=1)).run(frame, _context(frame))
    assert (result.passed, result.numerator, result.denominator) == (False, len(missing), 24)
    assert result.sample_keys[0] == f"{DAY}T{min(missing):02d}:00:00.000Z"
    assert len(result.sample_keys) <= 20


def test_a_repeated_time_does_not_hide_a_gap() -> None:
    frame = pl.concat([_bars().head(23), _bars().head(1)])
    assert not rules.complete_day("at", timedelta(hours=1)).run(frame, _context(frame)).passed


def test_rows_of_another_day_are_found() -> None:
    frame = pl.concat([_bars(), _bars("2024-03-12").head(2)])
    result = rules.single_day("at").run(frame, _context(frame))
    assert (result.passed, result.numerator) == (False, 2)


def test_a_copy_of_the_day_before_is_found() -> None:
    check, frame = rules.not_a_copy(("low", "high")), _bars()
    assert check.run(frame, _context(frame)).passed
    assert not check.run(frame, replace(_context(frame), related=_After(_bars("2024-03-10")))).passed
    assert check.run(frame, replace(_context(frame), related=_After(_set(0, "low", 1.0)(_bars("2024-03-10"))))).passed


@pytest.mark.parametrize(
    ("rows", "first", "last", "passes"),
    [
        (24, "2024-03-11T00:00:00.000Z", "2024-03-11T23:00:00.000Z", True),
        (23, "2024-03-11T01:00:00.000Z", "2024-03-11T23:00:00.000Z", True),
        (25, "2024-03-11T00:00:00.000Z", "2024-03-11T23:00:00.000Z", False),
        (24, "2024-03-10T00:00:00.000Z", "2024-03-11T23:00:00.000Z", False),
        (24, "2024-03-11T00:00:00.000Z", "2024-03-12T00:00:00.000Z", False),
    ],
)
def test_history_that_shrinks_is_found(rows: int, first: str, last: str, passes: bool) -> None:
    frame = _bars()
    context = _context(frame, _head(_data(rows, first, last)))
    assert rules.history_kept("at").run(frame, context).passed is passes


def test_a_small_loss_of_rows_can_be_allowed() -> None:
    frame = _bars()
    context = _context(frame, _head(_data(25, "2024-03-11T00:00:00.000Z", "2024-03-11T23:00:00.000Z")))
    assert rules.history_kept("at", lost_rows=0.05).run(frame, context).passed


def test_a_shifted_unit_is_found() -> None:
    frame = _bars()
    check = rules.average_price("volume", "amount", "low", "high")
    assert check.run(frame, _context(frame)).passed
    shifted = frame.with_columns(pl.col("amount") * 1000)
    assert check.run(shifted, _context(shifted)).numerator == 24


def test_old_data_warn() -> None:
    frame = pl.DataFrame({"day": [date(2024, 3, 1)]})
    old = rules.recent("day", timedelta(days=5)).run(frame, _context(_bars()))
    assert not old.passed
    assert rules.recent("day", timedelta(days=10)).run(frame, _context(_bars())).passed


@pytest.mark.parametrize("published", [None, "recorded", "synthetic"])
@pytest.mark.parametrize("new", [None, "recorded", "synthetic"])
def test_sandbox_and_live_data_are_never_mixed(published: Provenance | None, new: Provenance | None) -> None:
    frame = _bars()
    context = _context(frame, _head(provenance=published), new)
    assert _standard("provenance").run(frame, context).passed is ((published is None) == (new is None))


def test_new_columns_and_repeats_of_the_source_only_warn() -> None:
    frame = _bars()
    evidence = examine(frame, STANDARD, _context(frame, unknown=("brand_new",), repeats=2), "d" * 64, {})
    failed = [check.name for check in evidence.checks if not check.passed]
    assert failed == ["known_columns", "no_repeats"]
    assert evidence.verdict is Verdict.PASS


def test_the_gate_runs_every_declared_check_on_the_content() -> None:
    frame = _set(3, "low", math.nan)(_bars())
    checks = (*STANDARD, rules.single_day("at"))
    evidence: Evidence = examine(frame, checks, _context(frame), "d" * 64, {"url": "u"})
    assert [result.name for result in evidence.checks] == [check.name for check in checks]
    assert (evidence.partition, evidence.content_hash, evidence.verdict) == (DAY, "d" * 64, Verdict.FAIL)
    line = describe(next(result for result in evidence.checks if result.name == "finite"))
    assert line == "finite failed: low|nan: 1, limit 0 rows (1 of 24)"


def test_a_result_never_holds_more_than_20_keys() -> None:
    frame = _bars().with_columns(low=pl.lit(999.0))
    result: CheckResult = _standard("rows").run(frame, _context(frame))
    assert (result.numerator, len(result.sample_keys)) == (24, 20)


def test_a_schema_becomes_the_contracts_form_with_units_and_descriptions() -> None:
    table = table_schema(Bar, "at")
    assert (table.primary_key, table.partition_column) == (("at",), "at")
    assert [(column.name, column.type, column.nullable, column.unit) for column in table.columns[:4]] == [
        ("at", "timestamp[ms, UTC]", False, None),
        ("low", "float64", False, "USD"),
        ("high", "float64", False, "USD"),
        ("volume", "float64", True, None),
    ]
    assert table.columns[0].description == "Start"


def test_a_type_that_the_contract_does_not_have_is_refused() -> None:
    class Odd(dy.Schema):
        span = dy.Duration()

    with pytest.raises(InvalidValue, match="Duration"):
        table_schema(Odd, None)
