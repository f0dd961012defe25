"""What a client costs before it reads anything: importing it, its command's help, its installation."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import in_turn, process_cpu
from benchmarks.sdk_peers.rows import Row, fill
from benchmarks.sdk_peers.scene import OURS, PEER_NAMES, PEERS, ROOT, NotMeasured, python_of, uv

MODULES = {"owid-catalog": "owid.catalog"}
"""Where the module is not called as the distribution is."""

COMMANDS = {
    OURS: [str(Path(sys.executable).with_name("od")), "--help"],
    "huggingface_hub": [str(PEERS / "bin/hf"), "--help"],
    "datasets": [str(PEERS / "bin/datasets-cli"), "--help"],
}
ROUNDS = 7
MEGABYTE = 1e6


def importing() -> list[Row]:
    """CPU of the import, over an interpreter that does nothing."""
    bare = {f"bare {python}": [python, "-c", "pass"] for python in {python_of(OURS), python_of("polars")}}
    imports = {
        client: [python_of(client), "-c", f"import {MODULES.get(client, client)}"] for client in (OURS, *PEER_NAMES)
    }
    print("import: all in turn", file=sys.stderr, flush=True)
    samples = in_turn(process_cpu, bare | imports, rounds=ROUNDS)

    def over_bare(client: str) -> list[float]:
        pairs = zip(samples[client], samples[f"bare {python_of(client)}"], strict=True)
        return [1000 * max(0.0, statistics.median(a - b for a, b in pairs))]

    return fill([Row("import, CPU over bare Python", "ms", 15)], over_bare)


def asking_for_help() -> list[Row]:
    """CPU of the command's help, interpreter included."""
    print("help: all in turn", file=sys.stderr, flush=True)
    samples = in_turn(process_cpu, COMMANDS, rounds=ROUNDS)

    def median(client: str) -> list[float]:
        if client not in samples:
            raise NotMeasured("has no command for reading data")
        return [1000 * statistics.median(samples[client])]

    return fill([Row("command --help, CPU", "ms", 150)], median)


def installing() -> list[Row]:
    """Size of what a plain installation brings, without an engine where it is optional."""
    locked = subprocess.run(
        [uv(), "export", "--quiet", "--frozen", "--all-groups", "--no-hashes", "--no-emit-workspace"],
        check=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    def megabytes(client: str) -> list[float]:
        with tempfile.TemporaryDirectory() as folder:
            constraints, target = Path(folder, "constraints.txt"), Path(folder, "installed")
            constraints.write_text(locked.stdout)
            what = str(ROOT / "opendata_sdk") if client == OURS else client
            command = [uv(), "pip", "install", "--quiet", "--python", sys.executable, "--target", str(target)]
            subprocess.run([*command, "--constraint", str(constraints), what], check=True, cwd=folder)
            return [sum(file.stat().st_size for file in target.rglob("*") if file.is_file()) / MEGABYTE]

    return fill([Row("installation without an engine", "MB", 25)], megabytes)
