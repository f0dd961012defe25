"""Requests a second and latency of the gateway beside a bare hello of the same framework, and its memory over time.

    python -m benchmarks.gateway --json
    python -m benchmarks.gateway --soak 600          # ten minutes at a low rate: does its memory grow?

The load client, the gateway, its S3 server and whatever else runs share the machine's cores.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.gateway.client import Job, Load, load, request
from benchmarks.gateway.scene import DATASETS, DAYS, Scene, running_scene
from benchmarks.gateway.soak import soak
from benchmarks.measure import report

CONNECTIONS = 8
ROUNDS = 3


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.add_argument("--seconds", type=float, default=5.0, help="seconds of each load, 5 by default")
    parser.add_argument("--soak", type=float, metavar="SECONDS", help="instead watch the memory for so long")
    parser.add_argument("--rate", type=float, default=50.0, help="requests a second of the soak, 50 by default")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_scene(Path(folder)) as scene:
        if arguments.soak:
            asked = [job for job in jobs(scene, arguments.soak).values() if job.url == scene.gateway]
            requests = tuple(text for job in asked for text in job.requests)
            report("gateway soak", soak(scene, requests, arguments.soak, arguments.rate))
        else:
            report("gateway", _throughput(scene, arguments.seconds))


def jobs(scene: Scene, seconds: float) -> dict[str, Job]:
    """The loads by name: every key asks for every dataset."""

    def job(requests: Sequence[str], url: str = scene.gateway) -> Job:
        return Job(url, tuple(requests), seconds, CONNECTIONS)

    every = [(token, dataset) for dataset in DATASETS for token in scene.tokens]
    wanted = [(token, {"dataset": dataset, "version": DAYS[0]}) for token, dataset in every]
    return {
        "hello": job([request("GET", "/hello")], url=scene.hello),
        "resolve": job([request("GET", f"/v1/resolve?dataset={dataset}", token) for token, dataset in every]),
        "download": job([request("POST", "/v1/download", token, document) for token, document in wanted]),
        "redirect": job(
            [request("GET", f"/datasets/{dataset}/{DAYS[0]}/data.parquet", token) for token, dataset in every]
        ),
    }


def _throughput(scene: Scene, seconds: float) -> dict[str, Any]:
    """All loads in turn, several rounds; ratios are taken round by round."""
    rounds: list[dict[str, Load]] = []
    for _ in range(ROUNDS):
        rounds.append({name: load(job) for name, job in jobs(scene, seconds).items()})
    figures: dict[str, Any] = {}
    for name in rounds[0]:
        for figure in asdict(rounds[0][name]):
            figures[f"{name}, {figure}"] = statistics.median(asdict(measured[name])[figure] for measured in rounds)
        ratios = [measured[name].per_second / measured["hello"].per_second for measured in rounds]
        figures[f"{name}, per second / hello"] = statistics.median(ratios)
    return figures


if __name__ == "__main__":
    main()
