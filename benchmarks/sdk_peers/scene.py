"""Where the comparison takes place: the data, one server behind one proxy, and every client in a process of its own."""

from __future__ import annotations

import json
import math
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias
from uuid import uuid4

from benchmarks.delay_proxy import DelayProxy, delay_proxy
from benchmarks.sdk_peers.market import DATASET, Market, make_market
from benchmarks.sdk_peers.server import commit_of, kaggle_version, serve

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / ".tools/peers"
SCRIPT = Path(__file__).with_name("clients.py")
OURS = "opendata"
PEER_NAMES = (
    "huggingface_hub",
    "datasets",
    "pooch",
    "kagglehub",
    "owid-catalog",
    "polars",
    "pandas",
    "pyarrow",
    "duckdb",
)
LATENCY, BANDWIDTH = 0.03, 50e6
"""Seconds before a request is answered, and bytes per second that all answers share."""

DEADLINE = 600.0
"""Seconds after which a client is killed."""


@dataclass(frozen=True)
class Outcome:
    """What a client read or why not, and what that cost."""

    read: str | None
    error: str | None
    requests: int
    bytes: int
    seconds: float
    cpu: float


class NotMeasured(Exception):
    """Why there is no figure for a client."""


Ask: TypeAlias = dict[str, Any]


def python_of(client: str) -> str:
    """The interpreter that has a client."""
    return sys.executable if client == OURS else str(PEERS / "bin/python")


@dataclass
class Scene:
    """A market that is served, and a folder for caches."""

    market: Market
    proxy: DelayProxy
    folder: Path
    _truths: dict[str, str] = field(default_factory=dict)
    _cold: dict[str, tuple[Ask, Outcome]] = field(default_factory=dict)

    def ask(self, client: str, task: str, *, pinned: bool = False, look: bool = True) -> Ask:
        """A request to a client with an empty cache; `look` has it say what it read."""
        market = self.market
        file = market.whole.with_name("day.parquet" if task == "day" else "all.parquet")
        pins: dict[str, object] = {OURS: f"seq:{market.seq}", "kagglehub": kaggle_version(file.parent)}
        return {
            "client": client,
            "task": task,
            "look": look,
            "url": self.proxy.url,
            "cache": str(self.folder / f"cache-{uuid4().hex[:8]}"),
            "dataset": DATASET,
            "file": file.name,
            "sha256": sha256(file.read_bytes()).hexdigest(),
            "pin": pins.get(client, commit_of(file.parent)) if pinned else None,
            "day": market.day.isoformat(),
            "first": market.month[0].isoformat(),
            "last": market.month[1].isoformat(),
            "symbol": market.symbol,
            "begin": market.years[0].isoformat(),
            "end": market.years[1].isoformat(),
        }

    def read(self, ask: Ask) -> Outcome:
        """One reading in a process of its own."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with self.session(ask["client"], ask["cache"]) as read:
            outcome = read(ask)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
        return replace(outcome, cpu=cpu)

    @contextmanager
    def session(self, client: str, home: str) -> Iterator[Callable[[Ask], Outcome]]:
        """A client that reads as often as it is asked, in one process; their CPU is known only when it has ended."""
        process = self.start(client, home)
        guard = threading.Timer(DEADLINE, process.kill)
        guard.start()

        def read(ask: Ask) -> Outcome:
            self.proxy.start_counting()
            started = time.perf_counter()
            said = _answer(process, ask)
            seconds = time.perf_counter() - started
            return Outcome(said["read"], said["error"], self.proxy.requests, self.proxy.bytes, seconds, math.nan)

        try:
            yield read
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait()
            guard.cancel()

    def start(self, client: str, home: str) -> subprocess.Popen[str]:
        """A client that waits to be asked; nothing of this process' environment reaches it that it could take for a
        wish."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": home,
            "HF_ENDPOINT": f"{self.proxy.url}/hub",
            "HF_HUB_DISABLE_XET": "1",
            "KAGGLE_API_ENVIRONMENT": "LOCALHOST",
        }
        return subprocess.Popen(
            [python_of(client), str(SCRIPT)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    @property
    def able(self) -> list[str]:
        """Clients that have loaded everything, or can."""
        found = []
        for client in (OURS, *PEER_NAMES):
            with suppress(NotMeasured):
                self.cold(client)
                found.append(client)
        return found

    def publish_last_day(self) -> None:
        """One more day for everybody."""
        self.market.publish_last_day()
        self._truths.clear()

    def truth(self, task: str) -> str:
        """What a task gives: polars on the local file says it."""
        if task not in self._truths:
            found = self.read({**self.ask("polars", task), "url": str(self.market.folder)})
            if found.read is None:
                raise SystemExit(f"polars cannot read the local file: {found.error}")
            self._truths[task] = found.read
        return self._truths[task]

    def cold(self, client: str) -> tuple[Ask, Outcome]:
        """A first load of everything, and the request that finds its cache."""
        if client not in self._cold:
            ask = self.ask(client, "all")
            self._cold[client] = ask, self.right(ask)
        return self._cold[client]

    def right(self, ask: Ask) -> Outcome:
        """A reading that must give what is there."""
        outcome = self.read(ask)
        if outcome.error:
            raise NotMeasured(outcome.error)
        if ask["look"] and outcome.read != self.truth(ask["task"]):
            raise NotMeasured(f"read something else: {outcome.read}")
        return outcome


def send(process: subprocess.Popen[str], ask: Ask) -> None:
    """Ask a client."""
    assert process.stdin is not None
    process.stdin.write(json.dumps(ask) + "\n")
    process.stdin.flush()


def _answer(process: subprocess.Popen[str], ask: Ask) -> dict[str, str | None]:
    """What a client says, between what its library prints."""
    send(process, ask)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("{"):
            said: dict[str, str | None] = json.loads(line)
            return said
    return {"read": None, "error": f"ended without an answer, or took more than {DEADLINE:.0f} s"}


@contextmanager
def make_scene(folder: Path, rows: int) -> Iterator[Scene]:
    """Make the data and serve it."""
    market = make_market(folder / "served", rows)
    with serve(market.folder) as url, delay_proxy(url, latency=LATENCY, bandwidth=BANDWIDTH) as proxy:
        yield Scene(market, proxy, folder)


def uv() -> str:
    """The installer that the project uses."""
    return shutil.which("uv") or str(ROOT / ".tools/bin/uv")


def make_peers() -> None:
    """The environment of the peers, from the lock."""
    command = [uv(), "sync", "--quiet", "--locked", "--only-group", "peers"]
    subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, "UV_PROJECT_ENVIRONMENT": str(PEERS)})
