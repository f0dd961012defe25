"""The SDK beside its peers: the budgets of its design, same file, same server, one run.

    python -m benchmarks.sdk_peers --json
    python -m benchmarks.sdk_peers --only import month --rows 60000

The peers are in the dependency group `peers`, which is installed into an environment of its own.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.sdk_peers.faults import flipped_bytes, outages
from benchmarks.sdk_peers.footprint import asking_for_help, importing, installing
from benchmarks.sdk_peers.full_load import warm_load
from benchmarks.sdk_peers.market import FULL_ROWS
from benchmarks.sdk_peers.rows import Row
from benchmarks.sdk_peers.scene import Scene, make_peers, make_scene
from benchmarks.sdk_peers.transfer import killed_at_half, loading_again, one_month, one_more_day, one_symbol

AT_REST: dict[str, Callable[[], list[Row]]] = {
    "import": importing,
    "help": asking_for_help,
    "install": installing,
}
"""What needs no data."""

READING: dict[str, Callable[[Scene], list[Row]]] = {
    "month": one_month,
    "symbol": one_symbol,
    "again": loading_again,
    "kill": killed_at_half,
    "cpu": warm_load,
    "flips": flipped_bytes,
    "outages": outages,
    "update": one_more_day,
}
"""What does. The last one changes the data."""


def main() -> None:
    """Measure what was asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.add_argument("--only", nargs="+", choices=[*AT_REST, *READING], help="measure only these")
    parser.add_argument("--rows", type=int, default=FULL_ROWS, help=f"rows of the data, {FULL_ROWS} by default")
    arguments = parser.parse_args()
    chosen = arguments.only or [*AT_REST, *READING]
    make_peers()
    rows: list[Row] = []

    def show(measured: list[Row]) -> None:
        rows.extend(measured)
        for row in measured:
            print(row.to_text(), flush=True)

    for name, measure in AT_REST.items():
        if name in chosen:
            show(measure())
    reading = [measure for name, measure in READING.items() if name in chosen]
    about = {"rows": 0, "bytes": 0}
    if reading:
        with tempfile.TemporaryDirectory() as folder:
            print("making and publishing the data", file=sys.stderr, flush=True)
            with make_scene(Path(folder), arguments.rows) as scene:
                about = {"rows": scene.market.rows, "bytes": scene.market.whole.stat().st_size}
                for measure_with in reading:
                    show(measure_with(scene))
    if arguments.json:
        print(json.dumps({"benchmark": "sdk_peers", **about, "budgets": {row.name: row.to_dict() for row in rows}}))


if __name__ == "__main__":
    main()
