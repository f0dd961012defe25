"""Metadata v1: the validator, the published JSON Schema and YAML."""

from __future__ import annotations

import re
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opendata.contract.metadata import FREQUENCIES, Metadata, json_schema
from opendata.errors import InvalidValue

VALID: dict[str, Any] = {
    "meta_version": 1,
    "id": "a/b",
    "title": "t",
    "description": "d",
    "license": "MIT",
    "source": "s",
    "repo": "https://example.org/r",
}


def _pattern(validator: Any, pattern: str, instance: object, schema: object) -> Any:
    """`$` as JSON Schema means it: the end of the text. Python's also stands before a final newline."""
    if isinstance(instance, str) and not re.search(pattern.removesuffix("$") + r"\Z", instance):
        yield jsonschema.ValidationError(f"{instance!r} does not match {pattern!r}")


VALIDATOR = jsonschema.validators.extend(jsonschema.Draft202012Validator, {"pattern": _pattern})(json_schema())
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=5)
)
LIKELY: dict[str, st.SearchStrategy[Any]] = {
    "meta_version": st.sampled_from([1, 1.0, 2, "1", True]),
    "id": st.from_regex(r"[a-z0-9]{1,3}(-[a-z]{1,3})?/[a-zA-Z0-9-]{1,80}\n?", fullmatch=True),
    "repo": st.from_regex(r"https?://[a-z@?#]{1,5}(/[a-z ]{0,3})?\n?", fullmatch=True),
    "homepage": st.from_regex(r"https?://[a-z]{1,5}(/[^ ]{0,3})?\n?", fullmatch=True),
    "owners": st.lists(st.from_regex(r"@?[a-z-]{1,4}(/[a-z_.]{0,3})?\n?", fullmatch=True), max_size=3),
    "tags": st.lists(st.text(st.sampled_from("a b,\n"), max_size=5) | SCALARS, max_size=3),
    "primary_key": st.lists(st.text(max_size=3) | SCALARS, max_size=3),
    "frequency": st.sampled_from([*FREQUENCIES, "never", "", 1]),
    "versioning": st.sampled_from(["date", "snapshot", "semver", "Date", None]),
    "title": st.text(max_size=3) | st.just("x" * 200) | st.just("x" * 201),
    "description": st.sampled_from(["x" * 10_000, "x" * 10_001, "", "d"]),
    "symbol_column": st.text(max_size=2) | SCALARS,
    "calendar": st.sampled_from(["sse", "SSE", None]),
    "adjustment": st.fixed_dictionaries(
        {}, optional={"factor": st.text(max_size=2) | SCALARS, "prices": st.lists(st.text(max_size=2) | SCALARS)}
    ),
    "point_in_time": st.fixed_dictionaries(
        {"available": st.text(max_size=2), "key": st.lists(st.text(max_size=2), max_size=2)}, optional={"more": SCALARS}
    ),
    "storage": st.dictionaries(st.text(max_size=2), SCALARS, max_size=1) | SCALARS,
}


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Valid metadata with a few fields replaced, removed or added."""
    document = dict(VALID)
    for name in draw(st.lists(st.sampled_from([*json_schema()["properties"], "unknown"]), max_size=3)):
        if draw(st.booleans()):
            document[name] = draw(LIKELY.get(name, SCALARS) | SCALARS | st.lists(SCALARS, max_size=2))
        else:
            document.pop(name, None)
    return document


@settings(max_examples=500)
@given(documents())
def test_the_validator_and_the_published_schema_agree(document: dict[str, Any]) -> None:
    try:
        Metadata.from_dict(document)
    except InvalidValue:
        accepted = False
    else:
        accepted = True
    assert accepted == VALIDATOR.is_valid(document)


@given(documents())
def test_accepted_metadata_round_trips_with_its_unknown_fields(document: dict[str, Any]) -> None:
    try:
        metadata = Metadata.from_dict(document)
    except InvalidValue:
        return
    assert Metadata.from_bytes(metadata.to_bytes()).document == document
    assert Metadata.from_bytes(metadata.to_bytes()).sha256 == metadata.sha256


@pytest.mark.parametrize("name", sorted(VALID))
def test_a_missing_field_is_named(name: str) -> None:
    with pytest.raises(InvalidValue, match="required") as caught:
        Metadata.from_dict({key: value for key, value in VALID.items() if key != name})
    assert caught.value.field == name


YAML = """\
meta_version: 1
id: a/b
title: t
description: |
  two
  lines
license: MIT
source: s
repo: https://example.org/r
"""


def test_yaml_is_read() -> None:
    assert Metadata.from_yaml(YAML + "extra: {format: 7}\n").document["extra"] == {"format": 7}


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (YAML.replace("title: t", "title: 7"), "title (line 3)"),
        (YAML.replace("id: a/b", "id: A/b"), "id (line 2)"),
        (YAML + "tags: weather\n", "tags (line 10)"),
        (YAML + "title: again\n", "title (line 10)"),
        (YAML.replace("title: t", "title: [t"), "line"),
        (YAML + "homepage: &x https://example.org\nother: *x\n", "line 11"),
        (YAML + "when: 2026-13-45\n", "opendata.yaml"),
        (YAML + "when: 2026-01-01\n", "JSON"),
        (YAML + "number: .nan\n", "JSON"),
        (YAML + "? [a]\n: b\n", "line"),
        (YAML + "1: a\nx: b\n", "JSON"),
        ("", "mapping"),
        ("- a", "mapping"),
        ("\x00", "YAML"),
        ("[" * 1_200, "YAML"),
    ],
)
def test_yaml_errors_name_the_place(text: str, where: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        Metadata.from_yaml(text)
    assert where in str(caught.value)


@given(st.text(st.sampled_from("ab:[]{}&*!|>-?\"'#%@`, \n\t0123456789.~<="), max_size=40))
def test_no_yaml_fails_in_another_way(text: str) -> None:
    with pytest.raises(InvalidValue):
        Metadata.from_yaml(text)
