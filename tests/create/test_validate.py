"""What `od validate` finds, and what it says to do about it."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import opendata as od
import polars as pl
import pytest
from opendata.contract.schema import TYPES, Column, TableSchema
from opendata.create.checks import check_rows
from opendata.create.output import mismatches
from opendata.create.report import Report
from opendata.errors import NotFound
from opendata.write.types import POLARS_TYPES

from tests.create.conftest import Creator


def failed(report: Report) -> dict[str, str]:
    """What the failing checks observed."""
    return {check.name: check.observed for check in report.failed}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("license: CC-BY-4.0 ", "license: [] ", r"^license \(line 6\): \[\] is not valid"),
        ("frequency: daily", "frequency: sometimes", r"^frequency \(line 10\): 'sometimes'"),
        ("meta_version: 1", "meta_version: 1\nmeta_version: 1", r"^meta_version \(line 3\).*given twice"),
        ("type: float64", "type: float", r"^column close\.type \(line 19\): 'float'"),
        ("nullable: true", "nulable: true", r"^columns\.nulable \(line 20\)"),
        ("name: date, type: date", "name: day, type: date", r"^primary_key \(line 12\): 'date'.*one of the columns"),
        ("symbol_column: symbol", "symbol_column: ticker", r"^symbol_column \(line 13\): 'ticker'.*one of the columns"),
        ("symbol_column: symbol", "output: ../data.parquet", r"^output: '\.\./data\.parquet'.*in this folder"),
        ("id: alice/gold-prices", "id: [", r"^opendata\.yaml: 'line \d+' is not valid: must be valid YAML"),
    ],
)
def test_an_error_in_opendata_yaml_names_the_field_and_its_line(
    creator: Creator, old: str, new: str, expected: str
) -> None:
    creator.edit(old, new)
    found = failed(od.validate(creator.folder))
    assert list(found) == ["metadata"]
    assert re.search(expected, found["metadata"]), found


def test_a_folder_without_opendata_yaml_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="od init"):
        od.validate(tmp_path)


def test_without_an_output_it_says_to_run_main(creator: Creator) -> None:
    creator.output.unlink()
    assert "python main.py" in failed(od.validate(creator.folder))["output"]


def test_a_csv_is_refused_and_the_way_out_that_is_shown_works(creator: Creator) -> None:
    creator.rows().write_csv(creator.output.with_suffix(".csv"))
    creator.output.unlink()
    refused = failed(od.validate(creator.folder))["output"]
    assert "none are guessed" in refused
    (code,) = re.findall(r"(pl\.read_csv\(.*\)\.write_parquet\(.*\))$", refused)
    done = creator.python("-c", f"import polars as pl, os; os.chdir('out'); {code.replace('out/', '')}")
    assert done.returncode == 0, done.stderr
    assert od.validate(creator.folder).ok


def test_a_folder_may_have_any_name(creator: Creator, tmp_path: Path) -> None:
    assert od.validate(creator.copy(tmp_path / "gold [2026] year=1 *").folder).ok


def test_a_csv_that_calls_itself_parquet_is_refused(creator: Creator) -> None:
    creator.output.write_text("date,close\n2026-11-20,1.0\n")
    assert "must be a Parquet file" in failed(od.validate(creator.folder))["output"]


def test_a_parquet_file_that_is_cut_off_is_refused(creator: Creator) -> None:
    creator.output.write_bytes(creator.output.read_bytes()[:-20])
    assert "can be read" in failed(od.validate(creator.folder))["output"]


INSTANT = datetime.fromisoformat("2026-11-20T09:30:00")


@pytest.mark.parametrize("declared", TYPES)
@pytest.mark.parametrize(
    "actual",
    [
        pl.Series([5], dtype=pl.Int16),
        pl.Series([5.0], dtype=pl.Float32),
        pl.Series([INSTANT], dtype=pl.Datetime("ns")),
        pl.Series([INSTANT.replace(tzinfo=UTC)], dtype=pl.Datetime("us", "Asia/Shanghai")),
        pl.Series(["a"], dtype=pl.Categorical),
    ],
    ids=lambda series: str(series.dtype),
)
def test_the_way_out_of_a_wrong_type_gives_the_declared_one(declared: str, actual: pl.Series) -> None:
    table = TableSchema((Column("x", declared),))
    frame = actual.alias("x").to_frame()
    for said in mismatches(frame, table):
        (code,) = re.findall(r"write (pl\..*)$", said)
        try:
            frame = frame.with_columns(eval(code))
        except pl.exceptions.PolarsError:
            return  # such values have no place in the type: then the source is to be looked at
    assert frame.schema["x"] == POLARS_TYPES[declared]


def test_text_is_never_taken_for_what_it_looks_like(creator: Creator) -> None:
    creator.write(creator.rows().with_columns(pl.col("close").cast(pl.String)))
    found = failed(od.validate(creator.folder))
    assert list(found) == ["schema"]
    assert "text has no type" in found["schema"]


def test_missing_and_undeclared_columns_are_named(creator: Creator) -> None:
    creator.write(creator.rows().rename({"close": "price"}))
    assert re.search("close: declared, but.*price: in the output, but", failed(od.validate(creator.folder))["schema"])


def test_the_order_of_columns_and_rows_means_nothing(creator: Creator) -> None:
    creator.write(creator.rows().reverse().select("volume", "close", "symbol", "date"))
    assert od.validate(creator.folder).ok


@pytest.mark.parametrize(
    ("broken", "check", "observed", "keys"),
    [
        (lambda frame: pl.concat([frame, frame[:1]]), "primary_key", "2 rows share a key", 2),
        (lambda frame: frame.with_columns(close=pl.lit(None, pl.Float64)), "nulls", "close: 2", 2),
        (lambda frame: frame.with_columns(close=pl.Series([1.0, float("inf")])), "finite", "close: 1", 1),
        (lambda frame: frame.with_columns(close=pl.Series([1.0, float("nan")])), "finite", "close: 1", 1),
        (lambda frame: frame.clear(), "not_empty", "0 rows", 0),
    ],
)
def test_rows_that_cannot_be_published_are_named(
    creator: Creator, broken: object, check: str, observed: str, keys: int
) -> None:
    assert callable(broken)
    creator.write(broken(creator.rows()))
    report = od.validate(creator.folder)
    assert failed(report) == {check: observed}
    assert len(report.failed[0].sample_keys) == keys
    assert all(key.startswith("2026-11-") for key in report.failed[0].sample_keys)


def test_oddities_are_shown_and_stop_nothing(creator: Creator) -> None:
    later = datetime.now(UTC).date() + timedelta(days=5)
    creator.write(creator.rows().with_columns(date=pl.Series([later, later + timedelta(1)]), symbol=pl.lit("N/A ")))
    report = od.validate(creator.folder)
    assert report.ok
    assert {check.name for check in report.warnings} == {"null_words", "varied", "not_in_the_future"}


def test_a_quality_sample_of_a_big_table_is_always_the_same_one() -> None:
    table = TableSchema((Column("k", "int64"), Column("text", "string")), ("k",))
    frame = pl.DataFrame({"k": range(50_000), "text": ["n/a" if row % 7 == 0 else str(row) for row in range(50_000)]})
    first, second = (check_rows(frame, table) for _ in range(2))
    assert first == second
    assert [check.name for check in first if not check.passed] == ["null_words"]


def test_the_first_publication_replaces_nothing(creator: Creator) -> None:
    change = od.validate(creator.folder).change
    assert change
    assert (change.seq, change.against, change.added, change.removed) == (0, None, 2, 0)


def test_what_would_change_is_counted_against_what_is_published(creator: Creator) -> None:
    od.push(creator.folder, version="2026-11-20")
    rows = creator.rows()
    new = rows[1:].with_columns(date=pl.lit(date(2026, 11, 23)))
    creator.write(pl.concat([rows[1:].with_columns(close=pl.lit(99.5)), new]))
    report = od.validate(creator.folder, version="2026-11-20")
    assert report.ok
    assert report.change
    assert (report.change.seq, report.change.against) == (1, "2026-11-20")
    assert (report.change.added, report.change.removed, report.change.changed) == (1, 1, 1)
    assert "| 2026-11-20 | XYZ | close | 102.25 | 99.5 |" in report.to_markdown()


def test_equal_rows_change_nothing(creator: Creator) -> None:
    od.push(creator.folder)
    change = od.validate(creator.folder).change
    assert change
    assert change.empty


def test_of_a_dataset_by_date_only_the_same_day_is_compared(creator: Creator) -> None:
    creator.edit("versioning: snapshot", "versioning: date")
    od.push(creator.folder, version="2026-11-19")
    other = od.validate(creator.folder, version="2026-11-20").change
    same = od.validate(creator.folder, version="2026-11-19").change
    assert other
    assert (other.seq, other.against, other.added) == (1, None, 2)
    assert same
    assert same.empty


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("unit: USD", "unit: EUR", "close was in USD and is in EUR"),
        ("name: close, type: float64", "name: price, type: float64", "close is gone"),
        ("type: float64", "type: float32", "close was float64 and is float32"),
        ("type: string", "type: string, nullable: true", "symbol may be null now"),
        ("primary_key: [date, symbol]", "primary_key: [date]", "the key was date, symbol and is date"),
        ("nullable: true, ", "", None),
        ("columns:", "columns:\n  - {name: source, type: string}", None),
    ],
)
def test_a_schema_change_is_breaking_or_not(creator: Creator, old: str, new: str, expected: str | None) -> None:
    od.push(creator.folder)
    creator.edit(old, new)
    rows = creator.rows().with_columns(source=pl.lit("x"), price=pl.col("close"), volume=pl.lit(1, pl.Int64))
    text = (creator.folder / "opendata.yaml").read_text()
    wanted = re.findall(r"name: (\w+), type: (\w+)", text)
    creator.write(rows.select(pl.col(name).cast(POLARS_TYPES[dtype]) for name, dtype in wanted))
    report = od.validate(creator.folder)
    assert failed(report) == ({"schema_change": expected} if expected else {})
    assert report.change
    assert report.change.columns or "key was" in (expected or "")
    assert od.validate(creator.folder, allow_breaking=True).ok


def test_the_command_ends_with_1_and_says_in_each_format_what_fails(creator: Creator) -> None:
    creator.write(creator.rows().clear())
    done = creator.od("validate", "--json")
    document = json.loads(done.stdout)
    assert done.returncode == 1
    assert document["verdict"] == "fail"
    assert [check["name"] for check in document["checks"] if not check["passed"]] == ["not_empty"]
    page = creator.od("validate", "--md")
    assert page.returncode == 1
    assert "| ❌ | not_empty | 0 rows | at least 1 row |" in page.stdout
    human = creator.od("validate", env={"LANG": "zh_CN.UTF-8"})
    assert human.returncode == 1
    assert "不能发布" in human.stderr


def test_values_stay_text_in_the_comment_of_a_pull_request(creator: Creator) -> None:
    od.push(creator.folder)
    hostile = "<img src=x>|**@everyone**\n# x"
    creator.write(creator.rows().with_columns(symbol=pl.lit(hostile)))
    page = od.validate(creator.folder).to_markdown()
    assert "<img" not in page
    assert "@everyone" not in page
    assert all(line.count("|") - line.count("\\|") == 5 for line in page.splitlines() if line.startswith("| "))


def test_columns_may_stay_undeclared_then_the_types_of_the_file_count(creator: Creator) -> None:
    text = (creator.folder / "opendata.yaml").read_text()
    (creator.folder / "opendata.yaml").write_text(text[: text.index("columns:")])
    assert od.validate(creator.folder).ok
    creator.write(creator.rows().with_columns(pl.col("date").cast(pl.Datetime("ns"))))
    assert "must be one of" in failed(od.validate(creator.folder))["output"]
