"""What is under load: an S3 server, `odp gateway serve` before it with some datasets published, and a bare hello."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import polars as pl
from opendata.contract.evidence import Evidence
from opendata.contract.metadata import Metadata
from opendata.contract.schema import Column, TableSchema
from opendata.protocol.author import make_author
from opendata.protocol.publish import publish
from opendata.stores.driver import run
from opendata.stores.store import Store
from opendata.write import encode

from tests.fixtures.seaweedfs import running_server

DATASETS = tuple(f"benchmark/days-{number:02d}" for number in range(8))
DAYS = ("2026-11-18", "2026-11-19", "2026-11-20")
KEYS = 8
"""Keys of the largest plan that take turns, so that no limit of the plan is met."""
ADMIN = "b" * 40
START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Scene:
    """The servers' addresses, the gateway's process and the keys to ask with."""

    gateway: str
    hello: str
    process: int
    tokens: tuple[str, ...] = field(repr=False)


@contextmanager
def running_scene(folder: Path) -> Iterator[Scene]:
    """Start everything with its files in `folder`; it ends with the block."""
    (folder / "s3").mkdir()
    with running_server(folder / "s3") as server:
        bucket = server.new_bucket()
        _publish_days(server.store(bucket))
        gateway, hello = _free_url(), _free_url()
        environment = {
            **os.environ,
            **server.environment(bucket),
            "OPENDATA_GATEWAY_PUBLIC_URL": gateway,
            "OPENDATA_GATEWAY_DATABASE": f"sqlite:///{folder / 'gateway.db'}",
            "OPENDATA_GATEWAY_ADMIN_TOKEN": ADMIN,
        }
        odp = [str(Path(sys.executable).with_name("odp")), "gateway", "serve", "--port", _port(gateway)]
        with (
            _process(odp, environment, folder / "gateway.log", f"{gateway}/v1/health") as serving,
            _process(
                [sys.executable, "-m", "benchmarks.gateway.hello", _port(hello)],
                dict(os.environ),
                folder / "hello.log",
                f"{hello}/hello",
            ),
        ):
            yield Scene(gateway, hello, serving.pid, _set_up(gateway))


def _publish_days(store: Store) -> None:
    schema = TableSchema((Column("day", "date"), Column("celsius", "float64")), ("day",), "day")
    for dataset in DATASETS:
        for day in DAYS:
            frame = pl.DataFrame({"day": [day], "celsius": [7.5]}).with_columns(pl.col("day").str.to_date())
            file = encode(frame, schema)
            draft = file.draft(day, Evidence(day, file.summary.content_hash, ()))
            metadata = Metadata.from_dict(_metadata(dataset))
            run(publish(metadata, [draft], make_author("benchmark", None), required=()), store)


def _metadata(dataset: str) -> dict[str, Any]:
    return {
        "meta_version": 1,
        "id": dataset,
        "title": "Benchmark",
        "description": "A few days.",
        "license": "CC0-1.0",
        "source": "made here",
        "repo": "https://example.org/benchmark",
        "versioning": "date",
    }


def _set_up(gateway: str) -> tuple[str, ...]:
    """Register the datasets and make the keys."""
    with httpx.Client(base_url=gateway, headers={"Authorization": f"Bearer {ADMIN}"}) as admin:
        for dataset in DATASETS:
            admin.post("/v1/datasets", json=_metadata(dataset)).raise_for_status()
        issued = [admin.post("/v1/keys", json={"owner": f"load-{n}", "plan": "enterprise"}) for n in range(KEYS)]
        return tuple(answer.raise_for_status().json()["token"] for answer in issued)


@contextmanager
def _process(
    command: list[str], environment: dict[str, str], log: Path, ready: str
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(ready):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{json.dumps(command)} did not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).is_success
    except httpx.TransportError:
        return False


def _free_url() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def _port(url: str) -> str:
    return url.rpartition(":")[2]
