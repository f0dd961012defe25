"""The rule `reproducible`: the job is run again, or the kept answer read again, and the content compared."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import opendata as od
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opendata.contract.ids import check_dataset_id
from opendata.contract.records import Data, Record
from opendata.contract.selectors import Newest
from opendata.contract.verification import Finding, RuleVerdict
from opendata.errors import IntegrityError, InvalidValue, NotFound
from opendata.protocol.resolve import find_state
from opendata.stores.driver import run
from opendata.stores.local import LocalStore
from opendata.stores.store import Store

from opendata_platform.datasets.catalog import find_spec
from opendata_platform.datasets.origin import Fetched
from opendata_platform.datasets.pipeline import Visible
from opendata_platform.sandbox import Recordings, Sandbox
from opendata_platform.sources.declared import Parsed
from opendata_platform.verification.kept import rebuild
from opendata_platform.verification.reproducible import NotRebuilt, Rebuilt, judge_reproducible
from opendata_platform.verification.rerun import rerun
from tests.datasets.test_tushare_faults import DAY, METALS, NOW, Bench
from tests.verification.conftest import DATASET, Creator

KLINE = "official/binance-btcusdt-kline-1m"


def tip(dataset: str, store: Store) -> Record:
    return run(find_state(check_dataset_id(dataset), Newest()), store).record


def judged(creator: Creator, tmp_path: Path) -> Finding:
    """The finding about a folder and what it has published."""
    return judge_reproducible(tip(DATASET, LocalStore(tmp_path / "store")).newest, rerun(creator.folder, DATASET))


@pytest.fixture
def pushed(creator: Creator) -> Creator:
    """A folder that has been published once."""
    od.push(creator.folder, version="2026-11-20")
    return creator


def change(creator: Creator, old: str, new: str) -> None:
    """Change main.py."""
    path = creator.folder / "main.py"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_job_that_gives_the_same_rows_again_passes(pushed: Creator, tmp_path: Path) -> None:
    finding = judged(pushed, tmp_path)
    assert finding.verdict is RuleVerdict.PASS, finding.reason
    assert finding.evidence["rebuilt"] == finding.evidence["published"]
    assert finding.evidence["version"] == "2026-11-20"


def test_another_order_of_rows_is_the_same_content(pushed: Creator, tmp_path: Path) -> None:
    change(pushed, "return pl.DataFrame(rows,", "return pl.DataFrame(rows[::-1],")
    assert judged(pushed, tmp_path).verdict is RuleVerdict.PASS


def test_a_job_that_gives_another_value_fails(pushed: Creator, tmp_path: Path) -> None:
    change(pushed, "101.5", "101.50000000000001")
    finding = judged(pushed, tmp_path)
    assert finding.verdict is RuleVerdict.FAIL
    assert finding.evidence["rebuilt"] != finding.evidence["published"]


def test_the_output_that_lies_in_the_folder_proves_nothing(pushed: Creator, tmp_path: Path) -> None:
    (pushed.folder / "main.py").write_text("print('nothing is written')\n")
    assert pushed.output.is_file()
    assert judged(pushed, tmp_path).verdict is RuleVerdict.UNKNOWN


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("frame = fetch()", "raise SystemExit(3)", "exit code 3"),
        ('"close": pl.Float64', '"close": pl.Float32', "another table than is declared"),
        ("frame.write_parquet(OUTPUT)", "OUTPUT.write_text('a,b')", "wrote no table"),
    ],
)
def test_a_job_that_gives_no_such_table_stays_open(
    pushed: Creator, tmp_path: Path, old: str, new: str, why: str
) -> None:
    change(pushed, old, new)
    finding = judged(pushed, tmp_path)
    assert finding.verdict is RuleVerdict.UNKNOWN
    assert why in finding.reason


def test_a_job_sees_no_credential_and_leaves_its_folder_as_it_was(
    pushed: Creator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENDATA_R2_SECRET_ACCESS_KEY", "hunter2")
    monkeypatch.setenv("GITHUB_TOKEN", "hunter2")
    seen = tmp_path / "seen"
    change(pushed, "def main() -> None:\n", f"def main() -> None:\n    dump({str(seen)!r})\n")
    dump = "def dump(path: str) -> None:\n    import os\n    Path(path).write_text(repr(dict(os.environ)))\n\n\n"
    change(pushed, "def main() -> None:\n", f"{dump}def main() -> None:\n")
    before = {path: path.read_bytes() for path in pushed.folder.rglob("*") if path.is_file()}
    assert judged(pushed, tmp_path).verdict is RuleVerdict.PASS
    assert "hunter2" not in seen.read_text()
    assert str(Path.home()) not in re.findall(r"'HOME': '([^']*)'", seen.read_text())
    assert {path: path.read_bytes() for path in pushed.folder.rglob("*") if path.is_file()} == before


def test_a_runner_of_the_callers_own_may_write_the_file(pushed: Creator, tmp_path: Path) -> None:
    rows = pushed.rows()

    def write(folder: Path) -> int:
        (folder / "out").mkdir()
        rows.write_parquet(folder / "out" / "data.parquet", compression="uncompressed")
        return 0

    attempt = rerun(pushed.folder, DATASET, write)
    newest = tip(DATASET, LocalStore(tmp_path / "store")).newest
    assert judge_reproducible(newest, attempt).verdict is RuleVerdict.PASS


def test_the_folder_of_another_dataset_is_refused(pushed: Creator, tmp_path: Path) -> None:
    with pytest.raises(InvalidValue, match="alice/silver"):
        rerun(pushed.folder, "alice/silver")
    with pytest.raises(NotFound):
        rerun(tmp_path, DATASET)


@given(st.text("0123456789abcdef", min_size=64, max_size=64), st.text("0123456789abcdef", min_size=64, max_size=64))
def test_equal_hashes_pass_and_others_fail(published: str, rebuilt: str) -> None:
    data = Data("2026-11-20", "0" * 64, published, "0" * 64, 1, 1, None, None)
    for other in (published, rebuilt):
        wanted = RuleVerdict.PASS if other == published else RuleVerdict.FAIL
        assert judge_reproducible(data, Rebuilt(other, "a test")).verdict is wanted
    assert judge_reproducible(data, NotRebuilt("why", "为何")).verdict is RuleVerdict.UNKNOWN
    assert judge_reproducible(None, Rebuilt(rebuilt, "a test")).verdict is RuleVerdict.UNKNOWN


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(recordings=Recordings(), clock=lambda: NOW) as running:
        yield running


@pytest.fixture
def bench(sandbox: Sandbox, tmp_path: Path) -> Bench:
    """Tushare's dataset of metals, published for one day."""
    bench = Bench(sandbox, tmp_path)
    assert isinstance(bench.one(), Visible)
    return bench


def again(bench: Bench) -> Finding:
    """The finding about what is published of metals."""
    record = tip(METALS, bench.store)
    assert record.newest
    return judge_reproducible(record.newest, run(rebuild(find_spec(METALS), record, record.newest), bench.store))


def raw_file(bench: Bench) -> Path:
    (path,) = (bench.folder / "store" / "datasets" / METALS / "_raw").iterdir()
    return path


def test_a_version_of_kept_answers_is_read_from_them_again(bench: Bench) -> None:
    finding = again(bench)
    assert finding.verdict is RuleVerdict.PASS, finding.reason
    assert finding.evidence["version"] == DAY


def test_a_reading_that_changed_since_fails(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = find_spec(METALS)
    assert isinstance(spec.origin, Fetched)
    read = spec.origin.parse

    def read_less(capture: Any) -> Parsed:
        whole = read(capture)
        return replace(whole, frame=whole.frame.head(1))

    monkeypatch.setitem(spec.__dict__, "origin", replace(spec.origin, parse=read_less))
    assert again(bench).verdict is RuleVerdict.FAIL


def test_without_the_answer_nothing_is_said_and_a_damaged_one_is_an_error(bench: Bench) -> None:
    path = raw_file(bench)
    os.chmod(path, 0o644)
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(IntegrityError):
        again(bench)
    path.unlink()
    finding = again(bench)
    assert (finding.verdict, "no longer kept" in finding.reason) == (RuleVerdict.UNKNOWN, True)


@pytest.mark.parametrize(
    ("dataset", "why"), [(KLINE, "are not kept"), ("tushare/spot-sge-daily-ext", "built from other datasets")]
)
def test_what_has_no_kept_answers_says_so(bench: Bench, dataset: str, why: str) -> None:
    record = tip(METALS, bench.store)
    assert record.newest
    attempt = run(rebuild(find_spec(dataset), record, record.newest), bench.store)
    assert isinstance(attempt, NotRebuilt)
    assert why in attempt.reason
