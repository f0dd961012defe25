"""Log records, segments, pointers, schemas, evidence and the index: round trips, and damage of every kind."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opendata.contract import index as index_module
from opendata.contract.canonical import format_instant, parse_instant, sha256, to_json
from opendata.contract.evidence import CheckResult, Evidence, Severity, Verdict, worst
from opendata.contract.fields import parse_object
from opendata.contract.index import index_document, join, parse_entries, parse_shards
from opendata.contract.metadata import Metadata, json_schema
from opendata.contract.records import Latest, Record, parse_segment, segment_bytes
from opendata.contract.schema import Column, TableSchema
from opendata.errors import GateFailed, InvalidValue, UpgradeRequired

SCHEMAS = Path(__file__).parents[2] / "schemas"


def example(name: str) -> dict[str, Any]:
    """A published example."""
    document: dict[str, Any] = json.loads((SCHEMAS / "examples" / f"{name}.json").read_bytes())
    return document


def read_schema(body: bytes) -> object:
    return TableSchema.from_dict(parse_object(body, "schema.json"))


READERS: dict[str, Callable[[bytes], object]] = {
    "log-record": Record.from_bytes,
    "segment": parse_segment,
    "latest": Latest.from_bytes,
    "index": lambda body: (parse_entries(body), parse_shards(body)),
    "schema": read_schema,
}


def test_the_published_schemas_and_examples_are_those_of_the_code() -> None:
    namespace: dict[str, Any] = {"__file__": str(SCHEMAS / "generate.py"), "__name__": "generate"}
    exec(compile((SCHEMAS / "generate.py").read_text(encoding="utf-8"), "generate.py", "exec"), namespace)
    generated = namespace["documents"]()
    published = {str(path.relative_to(SCHEMAS)): path.read_bytes() for path in SCHEMAS.rglob("*.json")}
    assert published == generated
    assert json.loads(published["metadata-v1.schema.json"]) == json_schema()
    assert (
        Metadata.from_yaml((SCHEMAS / "opendata.yaml").read_text(encoding="utf-8")).id == "demo/berlin-hourly-weather"
    )


def test_examples_round_trip() -> None:
    for name, reader in READERS.items():
        reader(to_json(example(name)))
    record = Record.from_bytes(to_json(example("log-record")))
    assert record.to_bytes() == to_json(example("log-record"))
    assert Latest.document(record) == to_json(example("latest"))
    assert segment_bytes(parse_segment(to_json(example("segment")))) == to_json(example("segment"))
    assert record.tree[0].sha256 == sha256(to_json(example("segment")))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,
)
Path_ = tuple[str | int, ...]


def paths(document: Any, at: Path_ = ()) -> list[Path_]:
    """Paths of all values within a JSON document."""
    if isinstance(document, dict):
        return [at, *(path for key, value in document.items() for path in paths(value, (*at, key)))]
    if isinstance(document, list):
        return [at, *(path for key, value in enumerate(document) for path in paths(value, (*at, key)))]
    return [at]


def replaced(document: Any, path: Path_, value: Any, *, delete: bool = False) -> Any:
    """A copy with one value replaced or deleted."""
    if not path:
        return value
    changed = copy.deepcopy(document)
    parent = changed
    for step in path[:-1]:
        parent = parent[step]
    if delete:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    return changed


@settings(max_examples=500)
@given(st.sampled_from(sorted(READERS)), st.data())
def test_a_damaged_document_is_refused_and_never_fails_in_another_way(name: str, data: st.DataObject) -> None:
    document = example(name)
    for _ in range(data.draw(st.integers(1, 2))):
        path = data.draw(st.sampled_from(paths(document)))
        document = replaced(document, path, data.draw(JSON_VALUES), delete=bool(path) and data.draw(st.booleans()))
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    with suppress(InvalidValue, UpgradeRequired):
        READERS[name](text.encode("utf-8", "surrogatepass"))


def test_a_record_has_exactly_one_form() -> None:
    body = to_json(example("log-record"))
    for other in (b" " + body, body + b"\n", body.replace(b",", b", ", 1), json.dumps(example("log-record")).encode()):
        with pytest.raises(InvalidValue):
            Record.from_bytes(other)


@settings(max_examples=300)
@given(st.sampled_from(sorted(READERS)), st.data())
def test_flipped_and_cut_bytes_are_refused_and_never_fail_in_another_way(name: str, data: st.DataObject) -> None:
    body = bytearray(to_json(example(name)))
    if data.draw(st.booleans()):
        body[data.draw(st.integers(0, len(body) - 1))] ^= data.draw(st.integers(1, 255))
    else:
        del body[data.draw(st.integers(0, len(body) - 1)) :]
    try:
        READERS[name](bytes(body))
    except (InvalidValue, UpgradeRequired):
        return
    if name == "log-record":
        assert Record.from_bytes(bytes(body)).to_bytes() == bytes(body)


@pytest.mark.parametrize("path", [p for p in paths(example("log-record")) if p and "actor" not in p], ids=str)
def test_every_field_of_a_record_is_needed_and_typed(path: Path_) -> None:
    for value, delete in ((None, isinstance(path[-1], str)), ({"a": 1}, False)):
        with pytest.raises(InvalidValue) as caught:
            Record.from_bytes(to_json(replaced(example("log-record"), path, value, delete=delete)))
        assert caught.value.field.startswith("record")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("op",), "merge"),
        (("versioning",), "daily"),
        (("changes",), [["2026-11-20", 0]]),
        (("changes",), [["2026-11-20", "0", 1]]),
        (("changes",), [["2026-02-30", 0, 1]]),
        (("changes",), [7]),
        (("changes",), {"2026-11-20": [0, 1]}),
        (("committed_at",), "2026-11-21T04:05:06.789+00:00"),
        (("committed_at",), "2026-11-21"),
        (("committed_at",), "0001-01-01T00:00:00+23:59"),
        (("seq",), True),
        (("seq",), 1.0),
        (("seq",), 0),
        (("tree", 0, "lo"), "2026-11-31"),
        (("newest", "version"), "../x"),
        (("reason",), "\ud800"),
        (("actor",), {"load": float("inf")}),
        (("parent",), "0" * 64),
        (("unknown",), 1),
    ],
)
def test_typical_damage_to_a_record(path: Path_, value: object) -> None:
    with pytest.raises(InvalidValue):
        Record.from_bytes(json.dumps(replaced(example("log-record"), path, value)).encode())


@pytest.mark.parametrize("name", sorted(READERS))
@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"7", b'"x"', b"{", b"\xff", b"[" * 100_000, b"9" * 5_000])
def test_what_is_no_document_is_refused(name: str, body: bytes) -> None:
    with pytest.raises(InvalidValue):
        READERS[name](body)


@pytest.mark.parametrize("name", sorted(READERS))
def test_a_newer_format_asks_for_an_upgrade(name: str) -> None:
    with pytest.raises(UpgradeRequired, match="format 2"):
        READERS[name](to_json(example(name) | {"format": 2}))
    for damaged in (None, "1", 1.5, True, 0):
        with pytest.raises(InvalidValue):
            READERS[name](to_json(example(name) | {"format": damaged}))


INSTANTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001 - the bounds must be naive


@given(INSTANTS, st.integers(-14 * 60, 14 * 60))
def test_instants_round_trip_to_the_millisecond_and_sort_as_text(instant: datetime, minutes: int) -> None:
    text = format_instant(instant.astimezone(timezone(timedelta(minutes=minutes))))
    assert parse_instant(text) == instant.replace(microsecond=instant.microsecond // 1000 * 1000)
    assert format_instant(instant + timedelta(milliseconds=1)) > text


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(InvalidValue, match="time zone"):
        format_instant(datetime(2026, 1, 1))  # noqa: DTZ001 - naive on purpose
    with pytest.raises(InvalidValue, match="time zone"):
        parse_instant("2026-01-01T00:00:00")


def index_entries() -> st.SearchStrategy[dict[str, dict[str, Any]]]:
    """Indexes of a few datasets; two entries of one dataset and seq may differ, as forged ones would."""
    entry = st.builds(
        lambda seq, title: {"seq": seq, "title": title, "last_updated_at": f"2026-01-01T00:00:0{seq}.000Z"},
        st.integers(1, 4),
        st.sampled_from("xy"),
    )
    return st.dictionaries(st.sampled_from(("a/a", "a/b", "c/c")), entry, max_size=3).map(
        lambda entries: {dataset: {"id": dataset, **value} for dataset, value in entries.items()}
    )


@given(st.lists(index_entries(), min_size=3, max_size=3))
def test_joining_indexes_commutes_associates_and_repeats(indexes: list[dict[str, dict[str, Any]]]) -> None:
    joined = {index_document(join(*order))[0] for order in permutations(indexes)}
    assert len(joined) == 1
    one, two, three = indexes
    assert join(join(one, two), three) == join(one, join(two, three)) == join(*indexes, one, two, three)
    assert join(one, one) == one


@given(index_entries())
def test_an_index_reads_back_whole_or_in_shards(entries: dict[str, dict[str, Any]]) -> None:
    whole, none = index_document(entries)
    assert (parse_entries(whole), none, parse_shards(whole)) == (entries, {}, [])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index_module, "SPLIT_ABOVE", 0)
        head, shards = index_document(entries)
    assert {key: sha256(body) for key, body in shards.items()} == dict(parse_shards(head))
    read: dict[str, dict[str, Any]] = {}
    for body in shards.values():
        read |= parse_entries(body)
    assert read == entries
    assert len(shards) == len({dataset.split("/")[0] for dataset in entries})


def test_a_table_schema_knows_its_hash() -> None:
    key, value = Column("k", "int64"), Column("v", "float64", nullable=True, unit="m")
    schema = TableSchema((key, value), ("k",), "k")
    assert TableSchema.from_dict(schema.to_dict()) == schema
    described = TableSchema((key, Column("v", "float64", True, "m", "how high")), ("k",), "k")
    assert described.schema_hash == schema.schema_hash, "a description may change freely"
    others = [
        TableSchema((value, key), ("k",)),
        TableSchema((key, value)),
        TableSchema((key, Column("v", "float32", True, "m")), ("k",)),
        TableSchema((key, Column("v", "float64", False, "m")), ("k",)),
        TableSchema((key, Column("v", "float64", True, "km")), ("k",)),
    ]
    assert len({schema.schema_hash, *(other.schema_hash for other in others)}) == len(others) + 1


def test_an_impossible_table_schema_is_refused() -> None:
    column = Column("k", "int64")
    for columns, key in (((), ()), ((column, column), ()), ((column,), ("x",))):
        with pytest.raises(InvalidValue):
            TableSchema(columns, key)
    for name, kind in (("", "int64"), ("a\n", "int64"), ("a", "decimal")):
        with pytest.raises(InvalidValue):
            Column(name, kind)


RESULTS = st.builds(CheckResult, st.sampled_from("abc"), st.sampled_from(Severity), st.booleans())


@given(st.lists(RESULTS))
def test_the_verdict_is_that_of_the_worst_failed_check(checks: list[CheckResult]) -> None:
    failed = {check.severity for check in checks if not check.passed}
    verdict = Evidence("2026-11-20", "0" * 64, tuple(checks)).verdict
    assert (verdict is Verdict.FAIL) == (Severity.BLOCK in failed)
    assert (verdict is Verdict.PASS) == (not failed & {Severity.BLOCK, Severity.HOLD})
    each = [Evidence("2026-11-20", "0" * 64, (check,)).verdict for check in checks]
    assert verdict is worst(each)


@given(st.lists(RESULTS), st.sets(st.sampled_from("abcd")))
def test_evidence_must_hold_every_required_check(checks: list[CheckResult], required: set[str]) -> None:
    evidence = Evidence("2026-11-20", "0" * 64, tuple(checks))
    if required <= {check.name for check in checks}:
        evidence.require("2026-11-20", "0" * 64, required)
    else:
        with pytest.raises(GateFailed):
            evidence.require("2026-11-20", "0" * 64, required)
    with pytest.raises(GateFailed):
        evidence.require("2026-11-20", "1" * 64, ())
    with pytest.raises(GateFailed):
        evidence.require("2026-11-21", "0" * 64, ())


def test_a_check_keeps_few_sample_keys() -> None:
    with pytest.raises(InvalidValue):
        CheckResult("a", Severity.WARN, False, sample_keys=tuple("x" * 21))
