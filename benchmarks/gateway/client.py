"""A load client that costs little: keep-alive connections that each send the next request when the last is answered.

    python -m benchmarks.gateway.client < job.json       # {url, requests, seconds, connections, rate}

It runs in a process of its own and prints one JSON object. A refusal ends it with an error: it is not counted as work
done.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Job:
    """What to ask for: `requests` (as sent) in turn, for `seconds`, by `connections` at once.

    `rate` is how many a second all of them together send at most; None as fast as they are answered.
    """

    url: str
    requests: tuple[str, ...]
    seconds: float
    connections: int
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """Requests a second and the milliseconds that they took."""

    per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float


def request(method: str, path: str, token: str | None = None, document: object = None) -> str:
    """The text of a request, to be sent again and again."""
    body = "" if document is None else json.dumps(document)
    lines = [f"{method} {path} HTTP/1.1", "Host: gateway"]
    lines += [f"Authorization: Bearer {token}"] if token else []
    lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"] if body else []
    return "\r\n".join([*lines, "", body])


def load(job: Job) -> Load:
    """Run a job in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.gateway.client"]
    done = subprocess.run(command, input=json.dumps(asdict(job)), stdout=subprocess.PIPE, text=True, check=True)
    return Load(**json.loads(done.stdout))


async def _run(job: Job) -> Load:
    taken: list[float] = []
    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(job.connections):
            group.create_task(_connection(job, number, started, taken))
    elapsed = time.perf_counter() - started
    taken.sort()
    p50, p95, p99 = (1000 * taken[int(share * (len(taken) - 1))] for share in (0.50, 0.95, 0.99))
    return Load(len(taken) / elapsed, p50, p95, p99)


async def _connection(job: Job, number: int, started: float, taken: list[float]) -> None:
    parts = urlsplit(job.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    requests = [text.encode() for text in job.requests]
    count = 0
    while (now := time.perf_counter()) < started + job.seconds:
        if job.rate and (wait := started + count * job.connections / job.rate - now) > 0:
            await asyncio.sleep(wait)
        asked = time.perf_counter()
        writer.write(requests[(number + count) % len(requests)])
        await _answer(reader)
        taken.append(time.perf_counter() - asked)
        count += 1
    writer.close()
    await writer.wait_closed()


async def _answer(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
    body = await reader.readexactly(length)
    if int(head.split(b" ", 2)[1]) >= 400:
        raise SystemExit(f"answered {head.splitlines()[0].decode()}: {body[:300].decode()}")


def _job(document: dict[str, Any]) -> Job:
    return Job(**{**document, "requests": tuple(document["requests"])})


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(_run(_job(json.load(sys.stdin)))))))
