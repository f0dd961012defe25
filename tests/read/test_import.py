"""Importing the package loads nothing that is not used."""

from __future__ import annotations

import subprocess
import sys

import opendata
import pytest

HEAVY = ("polars", "pandas", "pyarrow", "boto3", "botocore", "urllib3", "click", "tqdm", "yaml", "ulid")


def modules_after(code: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after some code."""
    out = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(out.stdout.split())


def test_import_opendata_loads_only_itself() -> None:
    added = modules_after("import opendata") - modules_after("pass")
    assert {name for name in added if name.startswith("opendata")} == {"opendata"}
    assert not added & {*HEAVY, "typing", "dataclasses", "json"}


def test_errors_can_be_caught_without_loading_an_engine() -> None:
    assert not modules_after("import opendata as od; od.errors.DatasetNotFound; od.Client") & set(HEAVY[:5])


def test_the_help_of_the_command_loads_no_client() -> None:
    loaded = modules_after("from opendata.cli import od\ntry: od.main(['--help'])\nexcept SystemExit: pass")
    assert not loaded & {*HEAVY[:6], "opendata.client"}


def test_everything_that_is_announced_exists() -> None:
    assert {name for name in opendata.__all__ if getattr(opendata, name, None) is None} == set()
    assert set(opendata.__all__) <= set(dir(opendata))
    with pytest.raises(AttributeError, match="nonsense"):
        _ = opendata.nonsense  # type: ignore[attr-defined]
