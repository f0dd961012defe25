"""Runs main.py and has its output checked: `python -m unittest`."""

import subprocess
import sys
import unittest
from pathlib import Path

import opendata as od

HERE = Path(__file__).parent


class TestMain(unittest.TestCase):
    """What main.py writes can be published."""

    def test_the_output_can_be_published(self) -> None:
        subprocess.run([sys.executable, "main.py"], cwd=HERE, check=True)
        report = od.validate(HERE)
        self.assertTrue(report.ok, report.to_markdown())


if __name__ == "__main__":
    unittest.main()
