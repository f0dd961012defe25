"""Run every benchmark: `python -m benchmarks`. Each is a module that also runs alone, `python -m benchmarks.<name>`."""

from __future__ import annotations

import subprocess
import sys

BENCHMARKS = ("import_time", "load", "publish", "backfill", "tushare_day", "status_matrix")
"""`tushare_backfill` takes most of an hour, `sdk_peers` installs others' packages: they are run by their own names."""


def main() -> None:
    """Run them one after another, so that they do not disturb each other."""
    for name in BENCHMARKS:
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *sys.argv[1:]], check=True)


if __name__ == "__main__":
    main()
