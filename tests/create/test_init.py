"""What `od init` writes runs as it is, and overwrites nothing."""

from __future__ import annotations

import json
import re
import tempfile
from importlib.metadata import version
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opendata.contract.ids import MAX_ID_LENGTH
from opendata.create.lock import locked, needed
from opendata.create.project import read_project
from opendata.create.scaffold import write_project
from opendata.errors import Conflict, InvalidValue

from tests.create.conftest import DATASET, Creator

NAMES = st.from_regex(r"[a-z0-9]{1,12}(-[a-z0-9]{1,6}){0,2}", fullmatch=True)


@pytest.mark.parametrize("options", [(), ("--notebook",)], ids=["script", "notebook"])
def test_what_init_writes_runs_is_valid_and_passes_its_own_test(tmp_path: Path, options: tuple[str, ...]) -> None:
    creator = Creator(tmp_path / "new")
    creator.folder.mkdir()
    written = creator.od("init", DATASET, *options)
    assert written.returncode == 0, written.stderr
    assert sorted(written.stdout.split()) == sorted(path.name for path in creator.folder.iterdir())

    ran = creator.python("main.py")
    assert ran.returncode == 0, ran.stderr
    assert creator.rows().height == 2
    validated = creator.od("validate")
    assert validated.returncode == 0, validated.stdout + validated.stderr
    assert "warn" not in validated.stdout
    tested = creator.python("-m", "unittest")
    assert tested.returncode == 0, tested.stderr
    assert re.search(r"Ran 1 test", tested.stderr)


def test_nothing_is_overwritten_unless_forced(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("mine")
    with pytest.raises(Conflict, match=r"main\.py already"):
        write_project(DATASET, tmp_path)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("main.py", "mine")]
    write_project(DATASET, tmp_path, force=True)
    assert "def fetch" in (tmp_path / "main.py").read_text()
    assert Creator(tmp_path).od("init", DATASET).returncode == 7


def test_an_id_that_is_none_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(InvalidValue, match="namespace/name"):
        write_project("Alice/../etc", tmp_path / "new")
    assert not (tmp_path / "new").exists()


@given(namespace=NAMES, name=NAMES)
@settings(max_examples=30, deadline=None)
def test_the_metadata_of_any_dataset_can_be_read_back(namespace: str, name: str) -> None:
    dataset = f"{namespace}/{name}"
    assert len(dataset) <= MAX_ID_LENGTH
    with tempfile.TemporaryDirectory() as folder:
        write_project(dataset, Path(folder))
        project = read_project(Path(folder))
    assert project.metadata.id == dataset
    assert project.table
    assert "output" not in project.metadata.document


@pytest.mark.parametrize("text", [needed(), locked()], ids=["requirements.in", "requirements.lock"])
def test_the_sdk_is_named_by_where_it_is_and_never_by_its_bare_name(text: str) -> None:
    ours = [line for line in text.splitlines() if line.startswith("opendata")]
    assert len(ours) == 1
    assert re.fullmatch(r"opendata\[arrow,polars\] @ (git\+)?https://\S+", ours[0])


def test_the_lock_pins_everything_that_is_installed_and_needed() -> None:
    pins = dict(line.split("==") for line in locked().splitlines() if "==" in line)
    assert pins == {name: version(name) for name in pins}
    assert {"polars", "pyarrow", "click", "pyyaml", "urllib3"} <= set(pins)
    assert not {"pytest", "dagster", "pandas", "duckdb"} & set(pins)


def test_an_error_in_a_notebook_names_the_cell_and_shows_the_line(tmp_path: Path) -> None:
    creator = Creator(tmp_path)
    write_project(DATASET, tmp_path, notebook=True)
    path = tmp_path / "main.ipynb"
    notebook = json.loads(path.read_text())
    notebook["cells"][2]["source"] = ["rows = []\n", "rows[3]\n"]
    path.write_text(json.dumps(notebook))
    failed = creator.python("main.py")
    assert failed.returncode == 1
    assert 'File "main.ipynb, cell 3", line 2' in failed.stderr
    assert "    rows[3]" in failed.stderr
