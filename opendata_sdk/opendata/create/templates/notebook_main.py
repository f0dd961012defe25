"""Runs the code cells of main.ipynb from top to bottom as plain Python, so that no notebook server is needed.

Write what belongs to IPython alone (`%matplotlib`, `!pip`) outside of the notebook: here it is a syntax error.
"""

from __future__ import annotations

import json
import linecache
import sys
import traceback
from pathlib import Path

NOTEBOOK = Path(__file__).with_name("main.ipynb")


def main() -> None:
    """Run every cell; an error names the cell and shows its line."""
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    namespace: dict[str, object] = {"__name__": "__main__", "__file__": str(NOTEBOOK)}
    for number, cell in enumerate(cells, 1):
        if cell["cell_type"] == "code":
            source, name = "".join(cell["source"]), f"main.ipynb, cell {number}"
            linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
            exec(compile(source, name, "exec"), namespace)


if __name__ == "__main__":
    sys.excepthook = traceback.print_exception  # it knows linecache
    main()
