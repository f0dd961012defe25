"""`od deploy`: what it writes, what it refuses, and that nothing it is told becomes a command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from opendata.cli import od
from opendata.create.deploy import WORKFLOW, check_cron, cron_for, workflow
from opendata.create.project import read_project
from opendata.errors import Conflict, InvalidValue, NotFound

from tests.workflows.conftest import LOCK, METADATA

URL = "https://data.example.org"


def deploy(folder: Path, *options: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(od, ["deploy", str(folder), *options])


def deployed(folder: Path, *options: str) -> Any:
    """What a dry run prints, read as YAML; `on` is True there."""
    shown = deploy(folder, "--gateway", URL, "--dry-run", *options)
    assert shown.exit_code == 0, shown.exception
    return yaml.safe_load(shown.stdout)


def with_metadata(folder: Path, before: str, after: str) -> None:
    """Change a line of opendata.yaml."""
    (folder / "opendata.yaml").write_text(METADATA.replace(before, after))


def test_a_dry_run_prints_and_writes_nothing(folder: Path) -> None:
    assert deployed(folder)["name"] == "publish"
    assert not (folder / ".github").exists()


def test_the_workflow_lies_where_github_looks(folder: Path) -> None:
    written = deploy(folder, "--gateway", URL)
    assert written.exit_code == 0
    assert (folder / ".github/workflows/publish.yml").read_text() == workflow(read_project(folder), gateway=URL)


def test_another_workflow_is_kept_unless_forced(folder: Path) -> None:
    deploy(folder, "--gateway", URL)
    assert deploy(folder, "--gateway", URL).exit_code == 0
    (folder / WORKFLOW).write_text("name: mine\n")
    assert isinstance(deploy(folder, "--gateway", URL).exception, Conflict)
    assert (folder / WORKFLOW).read_text() == "name: mine\n"
    assert deploy(folder, "--gateway", URL, "--force").exit_code == 0
    assert (folder / WORKFLOW).read_text() != "name: mine\n"


def test_the_gateway_may_come_from_the_environment_and_must_be_known(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(deploy(folder, "--dry-run").exception, InvalidValue)
    monkeypatch.setenv("OPENDATA_GATEWAY", URL)
    assert URL in deploy(folder, "--dry-run").stdout


@pytest.mark.parametrize("runner", ["hosted", "self-hosted"])
def test_the_runner_is_githubs_or_ones_own(folder: Path, runner: str) -> None:
    labels = deployed(folder, "--runner", runner)["jobs"]["publish"]["runs-on"]
    assert labels == {"hosted": "ubuntu-24.04", "self-hosted": ["self-hosted", "linux"]}[runner]


@pytest.mark.parametrize("frequency", ["hourly", "daily", "weekly", "monthly", "quarterly", "yearly"])
def test_the_frequency_says_when(folder: Path, frequency: str) -> None:
    with_metadata(folder, "frequency: daily", f"frequency: {frequency}")
    schedule = deployed(folder)[True]["schedule"]
    assert schedule == [{"cron": cron_for(read_project(folder))}]
    assert check_cron(schedule[0]["cron"]) == schedule[0]["cron"]


def test_adhoc_data_are_published_by_hand_alone(folder: Path) -> None:
    with_metadata(folder, "frequency: daily", "frequency: adhoc")
    assert deployed(folder)[True] == {"workflow_dispatch": None}


@pytest.mark.parametrize("frequency", ["realtime", "minutely"])
def test_what_github_cannot_keep_up_with_needs_a_cron_of_its_own(folder: Path, frequency: str) -> None:
    with_metadata(folder, "frequency: daily", f"frequency: {frequency}")
    assert isinstance(deploy(folder, "--gateway", URL).exception, InvalidValue)
    assert deployed(folder, "--cron", "*/15 * * * *")[True]["schedule"] == [{"cron": "*/15 * * * *"}]


def test_datasets_are_spread_over_the_hour() -> None:
    crons = set()
    for number in range(50):
        metadata = METADATA.replace("ada/weather", f"ada/weather-{number}")
        crons.add(cron_for(_project(metadata)))
    assert len(crons) > 30


@pytest.mark.parametrize(
    "cron", ["5 4 * * *", "*/5 * * * *", "0,30 9-17/2 1-31 1,6 1-5", "59 23 31 12 6", "  7   3 * * 0 "]
)
def test_a_cron_that_github_keeps_to_is_taken(cron: str) -> None:
    assert check_cron(cron) == " ".join(cron.split())


@pytest.mark.parametrize(
    "cron",
    [
        *("", "* * * *", "60 * * * *", "5 24 * * *", "5 4 0 * *", "5 4 * 13 *", "5 4 * * 7", "* * * * *"),
        *("*/4 * * * *", "9-5 * * * *", "*/0 * * * *", '5 4 * * *"', "5 4 * * * #", "@daily", "5 4 * * *\n  push:"),
    ],
)
def test_a_cron_that_github_would_not_keep_to_is_refused(cron: str) -> None:
    with pytest.raises(InvalidValue):
        check_cron(cron)


@given(st.text(alphabet="5 */,-\"\n'${}:#@a\\", max_size=30))
def test_whatever_passes_for_a_cron_is_one_string_of_yaml(text: str) -> None:
    try:
        cron = check_cron(text)
    except InvalidValue:
        return
    assert yaml.safe_load(f'cron: "{cron}"') == {"cron": cron}


@pytest.mark.parametrize(
    "url",
    [
        *("http://data.example.org", "https://user:secret@data.example.org", "https://x/${{ github.token }}"),
        *("https://x y", 'https://x"\n', "https://x/?a=1", "https://x/#y", "ftp://x", "https://x/$(id)"),
        "https://x/\n- run: id",
    ],
)
def test_a_gateway_that_is_no_plain_url_is_refused(folder: Path, url: str) -> None:
    with pytest.raises(InvalidValue):
        workflow(read_project(folder), gateway=url)


@pytest.mark.parametrize(
    ("lock", "says"),
    [
        ("polars==2.1.0\n", "hashes"),
        ("opendata==0.0.1 --hash=sha256:" + "0" * 64, "bare name"),
        ("opendata[polars]==0.0.1 \\\n    --hash=sha256:" + "0" * 64, "bare name"),
        ("opendata @ git+https://github.com/opendata-platform/opendata@main", "hashes"),
        ("--index-url https://example.org/simple\n", "NAME==VERSION"),
        ("-r other.txt\n", "NAME==VERSION"),
    ],
)
def test_a_lock_that_leaves_something_open_is_refused(folder: Path, lock: str, says: str) -> None:
    (folder / "requirements.lock").write_text(lock)
    with pytest.raises(InvalidValue, match=says):
        workflow(read_project(folder), gateway=URL)


def test_a_folder_without_a_lock_is_refused(folder: Path) -> None:
    (folder / "requirements.lock").unlink()
    with pytest.raises(NotFound):
        workflow(read_project(folder), gateway=URL)


def test_hashes_are_required_where_all_have_them_and_a_commit_is_one_by_itself(folder: Path) -> None:
    assert "--require-hashes" in workflow(read_project(folder), gateway=URL)
    commit = f"opendata @ git+https://github.com/opendata-platform/opendata@{'a' * 40}#subdirectory=opendata_sdk\n"
    (folder / "requirements.lock").write_text(f"# made by uv\n{commit}    # via -r requirements.in\n" + LOCK[:0])
    assert "--verify-hashes" in workflow(read_project(folder), gateway=URL)


def test_a_folder_below_the_root_of_its_repository_is_refused(folder: Path) -> None:
    (folder.parent / ".git").mkdir()
    refused = deploy(folder, "--gateway", URL).exception
    assert isinstance(refused, InvalidValue)
    assert str(folder.parent) in str(refused)


def _project(metadata: str) -> Any:
    from opendata.contract.metadata import Metadata
    from opendata.create.project import Project

    return Project(Path(), Metadata.from_yaml(metadata), None, Path())
