"""CPU time of `import opendata` and `od --help` over a bare interpreter."""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

from benchmarks.measure import budget, in_turn, process_cpu, report

ROUNDS = 20


def main() -> None:
    """Bare Python, the import, and the command, in turn."""
    python = sys.executable
    samples = in_turn(
        process_cpu,
        {
            "bare": [python, "-c", "pass"],
            "import": [python, "-c", "import opendata"],
            "help": [str(Path(python).with_name("od")), "--help"],
        },
        rounds=ROUNDS,
    )
    import_ms = 1000 * statistics.median(a - b for a, b in zip(samples["import"], samples["bare"], strict=True))
    help_ms = 1000 * statistics.median(samples["help"])
    report(
        "import_time",
        {
            "bare_python_ms": 1000 * statistics.median(samples["bare"]),
            "budgets": {
                "import opendata over bare Python, CPU ms": budget(import_ms, 15.0),
                "od --help, CPU ms": budget(help_ms, 150.0),
            },
        },
    )


if __name__ == "__main__":
    main()
