"""Whether a gateway's memory grows: its resident size while it is asked for a long time at a low rate."""

from __future__ import annotations

import statistics
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks.gateway.client import Job, load
from benchmarks.gateway.scene import Scene

SAMPLES = 120
MIB = 1 << 20


def soak(scene: Scene, requests: tuple[str, ...], seconds: float, rate: float) -> dict[str, Any]:
    """MiB at the start, in the middle and at the end, and the slope of the second half, when all caches are filled."""
    samples: list[tuple[float, float]] = []
    over = threading.Event()

    def watch() -> None:
        started = time.monotonic()
        while not over.wait(seconds / SAMPLES):
            samples.append((time.monotonic() - started, resident(scene.process) / MIB))

    start = resident(scene.process) / MIB
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        measured = load(Job(scene.gateway, requests, seconds, 4, rate=rate))
    finally:
        over.set()
        watcher.join()
    half = samples[len(samples) // 2 :]
    slope = statistics.linear_regression([at for at, _ in half], [size for _, size in half]).slope
    return {
        "seconds": seconds,
        "requests per second": measured.per_second,
        "p99_ms": measured.p99_ms,
        "RSS at the start, MiB": start,
        "RSS in the middle, MiB": half[0][1],
        "RSS at the end, MiB": half[-1][1],
        "slope of the second half, MiB per hour": 3600 * slope,
    }


def resident(process: int) -> int:
    """Resident bytes of a process."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return 1024 * int(line.split()[1])
    raise RuntimeError(f"process {process} has ended")
