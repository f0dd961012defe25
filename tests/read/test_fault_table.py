"""The page of faults is true: every row names a test that exists."""

from __future__ import annotations

import ast
import re

from tests.conftest import ROOT

PAGE = ROOT / "docs" / "sdk-faults.md"


def test_every_fault_has_a_test() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("|")][2:]
    assert rows
    for row in rows:
        named = re.findall(r"`(tests/[a-z_/]+\.py)::(test_\w+)`", row)
        assert named, f"a fault without a test: {row}"
        for path, test in named:
            module = ast.parse((ROOT / path).read_text())
            assert test in {node.name for node in module.body if isinstance(node, ast.FunctionDef)}, row
