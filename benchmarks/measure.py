"""Measuring: CPU time of whole processes, wall time of calls, and ratios taken pair by pair in one run.

Machines are shared and noisy; a ratio of two things measured in turn holds where single times do not.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any


def process_cpu(command: Sequence[str]) -> float:
    """User plus system seconds of one run of a command, from the operating system's own accounting."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def call_cpu(call: Callable[[], object]) -> float:
    """CPU seconds (all threads) of one call in this process, right after an uncounted one: what the candidate before
    it left in allocators and caches must not be counted."""
    call()
    before = time.process_time()
    call()
    return time.process_time() - before


def in_turn(
    measure: Callable[[Any], float], candidates: dict[str, Any], rounds: int = 7, warmup: int = 1
) -> dict[str, list[float]]:
    """Measure the candidates in turn, A B C A B C …, `rounds` times after `warmup` uncounted rounds."""
    samples: dict[str, list[float]] = {name: [] for name in candidates}
    for number in range(rounds + warmup):
        for name, candidate in candidates.items():
            value = measure(candidate)
            if number >= warmup:
                samples[name].append(value)
    return samples


def ratio(samples: dict[str, list[float]], numerator: str, denominator: str) -> float:
    """Median of the ratios taken pair by pair."""
    return statistics.median(a / b for a, b in zip(samples[numerator], samples[denominator], strict=True))


def report(name: str, figures: dict[str, Any]) -> None:
    """Print the figures for a person, or with `--json` as one JSON object on the last line."""
    for figure, value in figures.items():
        if not isinstance(value, dict):
            print(f"{name}: {figure} = {value:.4g}" if isinstance(value, float) else f"{name}: {figure} = {value}")
    for budget, held in figures.get("budgets", {}).items():
        print(
            f"{name}: {budget}: {held['ours']:.4g} (budget {held['budget']:.4g}) {'held' if held['held'] else 'MISSED'}"
        )
    if "--json" in sys.argv[1:]:
        print(json.dumps({"benchmark": name, **figures}))


def budget(ours: float, limit: float) -> dict[str, Any]:
    """One line of the `budgets` object: ours against the limit, smaller is better."""
    return {"ours": ours, "budget": limit, "held": ours <= limit}
