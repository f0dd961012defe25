"""What `od deploy` writes is executed step by step, before a real gateway, a real bucket and an issuer of tokens."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import opendata
import polars
import pytest
from click.testing import CliRunner
from opendata.cli import od

from tests.conftest import ROOT
from tests.fixtures.fault_proxy import Answer, FaultProxy, fault_proxy
from tests.fixtures.gateway import ADMIN_TOKEN, Gateway, running_gateway
from tests.fixtures.oidc_issuer import Issuer, running_issuer
from tests.fixtures.seaweedfs import S3Server
from tests.workflows.runner import GITHUB, Job

DATASET = "ada/weather"
STEPS = [
    "Check out",
    "Set up uv",
    "Install what requirements.lock names",
    "Run main.py",
    "Validate",
    "Open a publishing session",
    "Push",
    "Report the run",
    "Refresh the index",
]
FAILURE = "raise TimeoutError('api_key=a-secret-of-the-source')"
WITHOUT_KEYS = "frame = fetch().with_columns(pl.lit(None, pl.Date).alias('date'))"


@dataclass(frozen=True)
class Scene:
    """A gateway that trusts the workflow of one repository, a creator's folder, and what stands in between."""

    gateway: Gateway
    issuer: Issuer
    bucket: FaultProxy
    wheel: Path
    folder: Path
    temp: Path

    def run(self, **claims: str) -> Job:
        """Execute the workflow as GitHub would; `claims` are other ones than those of the repository."""

        def check_out(job: Job, inputs: Mapping[str, str]) -> None:
            assert inputs == {"persist-credentials": "false"}

        def set_up_uv(job: Job, inputs: Mapping[str, str]) -> None:
            job.add_path(str(Path(_uv()).parent))
            job.environment["UV_PYTHON"] = sys.executable

        shutil.rmtree(self.temp, ignore_errors=True)
        self.temp.mkdir()
        job = Job(
            self.folder / ".github" / "workflows" / "publish.yml",
            "publish",
            self.folder,
            self.temp,
            actions={"actions/checkout": check_out, "astral-sh/setup-uv": set_up_uv},
            mint=lambda audience: self.issuer.token(aud=audience, **claims),
            # What the lock of a creator names beside the SDK is lent by this environment, so that no index is asked.
            machine={"UV_OFFLINE": "1", "PYTHONPATH": sysconfig.get_path("purelib")},
        )
        job.run()
        return job

    def edit(self, before: str, after: str) -> None:
        """Change main.py."""
        program = self.folder / "main.py"
        text = program.read_text()
        assert before in text
        program.write_text(text.replace(before, after))

    def entry(self) -> dict[str, Any]:
        """What index.json says of the dataset."""
        found = self.gateway.ask("GET", "/v1/index").json()["datasets"]
        (entry,) = [entry for entry in found if entry["id"] == DATASET]
        return dict(entry)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The SDK as it is installed elsewhere."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [_uv(), "build", "--quiet", "--wheel", "--out-dir", folder, ROOT / "opendata_sdk"]
    subprocess.run(command, check=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def running(
    s3_server: S3Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Gateway, Issuer, FaultProxy]]:
    """A gateway, the issuer that it believes, and a proxy before its bucket."""
    folder = tmp_path_factory.mktemp("gateway")
    with running_issuer() as issuer, fault_proxy(s3_server.endpoint) as bucket:
        more = {"OPENDATA_GATEWAY_ISSUER": issuer.url}
        with running_gateway(folder, s3_server, s3_server.new_bucket(), endpoint=bucket.url, **more) as gateway:
            yield gateway, issuer, bucket


@pytest.fixture
def scene(running: tuple[Gateway, Issuer, FaultProxy], wheel: Path, tmp_path: Path) -> Scene:
    """A folder as `od init` writes it, registered and deployed."""
    gateway, issuer, bucket = running
    scene = Scene(gateway, issuer, bucket, wheel, tmp_path / "repository", tmp_path / "temp")
    assert CliRunner().invoke(od, ["init", DATASET, str(scene.folder)]).exit_code == 0
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (scene.folder / "requirements.lock").write_text(f"opendata @ {wheel.as_uri()} --hash=sha256:{digest}\n")
    deploy(scene)
    owner = {"OPENDATA_TOKEN": ADMIN_TOKEN, "OPENDATA_GATEWAY": gateway.url}
    numbers = ["--repository-id", GITHUB["repository_id"], "--owner-id", GITHUB["repository_owner_id"]]
    for command in (["add", str(scene.folder)], ["trust", str(scene.folder), *numbers]):
        done = CliRunner().invoke(od, ["registry", *command], env=owner)
        assert done.exit_code == 0, done.exception
    return scene


def deploy(scene: Scene, runner: str = "hosted") -> None:
    """Write the workflow."""
    options = ["--gateway", scene.gateway.url, "--runner", runner, "--force"]
    written = CliRunner().invoke(od, ["deploy", str(scene.folder), *options])
    assert written.exit_code == 0, written.exception


def _uv() -> str:
    """The uv that this environment was made with."""
    found = os.environ.get("UV") or shutil.which("uv") or ROOT / ".tools" / "bin" / "uv"
    return str(found)


def test_a_scheduled_run_publishes_what_main_py_makes_and_a_second_one_finds_it_unchanged(
    scene: Scene, tmp_path: Path
) -> None:
    scene.edit("    frame = fetch()", "    import os\n    print(sorted(os.environ))\n    frame = fetch()")
    job = scene.run()
    assert job.outcomes() == dict.fromkeys(STEPS, "success"), job.log
    assert "'GITHUB_RUN_ID'" in job.log
    assert "ACTIONS_ID_TOKEN" not in job.log
    assert_no_secret_is_told(scene, job)
    assert f"## {DATASET}: published" in job.summary
    entry = scene.entry()
    assert (entry["health"]["outcome"], entry["health"]["uptime"]) == ("published", 1.0)
    assert newest_run(scene)["rows"] == 2
    assert newest_run(scene)["link"] == entry["provenance"]["workflow_run"]
    client = opendata.Client(scene.gateway.url, cache_dir=tmp_path / "cache")
    frame = client.load(DATASET)
    assert frame.equals(polars.read_parquet(scene.folder / "out" / "data.parquet"))
    assert client.verify(DATASET).ok
    assert entry["checksum"] == {"sha256": hashlib.sha256(read_data(scene, entry["version"])).hexdigest()}
    assert entry["provenance"] == {
        "repository": GITHUB["repository"],
        "commit": GITHUB["sha"],
        "workflow": GITHUB["workflow_ref"],
        "workflow_run": f"https://github.com/{GITHUB['repository']}/actions/runs/{GITHUB['run_id']}",
    }
    deploy(scene, "self-hosted")
    again = scene.run()
    assert again.outcomes() == dict.fromkeys(STEPS, "success"), again.log
    assert scene.entry()["health"]["outcome"] == "unchanged"
    assert scene.entry()["version"] == entry["version"]


def test_a_program_that_fails_is_reported_and_nothing_is_published(scene: Scene) -> None:
    scene.edit("    frame = fetch()", f"    {FAILURE}")
    job = scene.run()
    assert job.outcome == "failure"
    assert [name for name, outcome in job.outcomes().items() if outcome == "skipped"] == [
        "Validate",
        "Push",
        "Refresh the index",
    ]
    assert "::error::run: network: TimeoutError" in job.log
    assert "| run | network |" in job.summary
    assert reported(scene) == ("failed", "network", "run: TimeoutError")


@pytest.mark.slow
def test_rows_that_break_what_is_declared_are_reported_and_not_pushed(scene: Scene) -> None:
    scene.edit("frame = fetch()", WITHOUT_KEYS)
    job = scene.run()
    assert job.outcomes()["Validate"] == "failure"
    assert job.outcomes()["Push"] == "skipped"
    outcome, category, _ = reported(scene)
    assert (outcome, category) == ("failed", "validation")


@pytest.mark.slow
def test_an_upload_that_the_bucket_refuses_is_reported(scene: Scene) -> None:
    scene.edit("101.5", "102.5")
    scene.bucket.inject(Answer(405, "MethodNotAllowed"), method="PUT", path=r"/data\.parquet")
    job = scene.run()
    assert job.outcomes()["Push"] == "failure"
    outcome, category, summary = reported(scene)
    assert (outcome, category) == ("failed", "upload")
    assert "the bucket refused the upload" in summary
    assert_no_secret_is_told(scene, job)


def test_a_repository_that_is_not_trusted_gets_no_session_and_is_told_why(scene: Scene) -> None:
    before = scene.gateway.ask("GET", "/v1/index").json()
    job = scene.run(repository_id="666")
    outcomes = job.outcomes()
    assert outcomes["Open a publishing session"] == "failure"
    assert outcomes["Push"] == "skipped"
    assert "no dataset trusts this repository" in job.log
    assert "| session | permission |" in job.summary
    assert scene.gateway.ask("GET", "/v1/index").json() == before


@pytest.mark.slow
def test_a_wheel_that_is_not_the_one_that_was_locked_is_not_installed(scene: Scene) -> None:
    lock = scene.folder / "requirements.lock"
    lock.write_text(lock.read_text().replace("sha256:", "sha256:" + "0" * 8)[:-9] + "\n")
    job = scene.run()
    assert job.outcomes() == dict.fromkeys(STEPS, "skipped") | {
        "Check out": "success",
        "Set up uv": "success",
        "Install what requirements.lock names": "failure",
    }
    assert "Hash mismatch" in job.log


def assert_no_secret_is_told(scene: Scene, job: Job) -> None:
    """The session was kept and used, and stands in no log; nor does a signature, nor a token of GitHub's."""
    kept = json.loads((scene.temp / "config" / "opendata" / "tokens.json").read_text())
    (session,) = kept.values()
    assert session.startswith("ods_")
    for told in (job.log, job.summary, scene.gateway.log.read_text()):
        assert session not in told
        assert "X-Amz-Signature" not in told
        assert "eyJ" not in told


def read_data(scene: Scene, version: str) -> bytes:
    """The data file of a version, as any reader of the gateway gets it."""
    found = httpx.get(f"{scene.gateway.url}/datasets/{DATASET}/{version}/data.parquet", follow_redirects=True)
    assert found.status_code == 200, found.text
    return found.content


def reported(scene: Scene) -> tuple[str, str | None, str]:
    """Outcome, category and summary of the newest run."""
    newest = newest_run(scene)
    return newest["outcome"], newest["category"], newest["summary"]


def newest_run(scene: Scene) -> dict[str, Any]:
    """The newest run in health.json."""
    found = httpx.get(f"{scene.gateway.url}/datasets/{DATASET}/health.json", follow_redirects=True)
    assert found.status_code == 200, found.text
    return dict(found.json()["runs"][-1])
