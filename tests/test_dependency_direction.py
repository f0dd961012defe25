"""Dependencies point one way; the contracts are in pyproject.toml under [tool.importlinter]."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parent.parent


def test_rooms_import_only_what_is_below_them() -> None:
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0


def test_importing_the_platform_core_does_not_load_dagster() -> None:
    code = (
        "import sys, opendata_platform.cli, opendata_platform.demo, opendata_platform.datasets.pipeline;"
        "sys.exit('dagster' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
