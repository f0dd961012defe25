"""A progress bar, for a person who waits."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress_bar(total: int, shown: bool | None) -> Iterator[Callable[[int], object]]:
    """A function to call with bytes that have arrived. `shown=None`: on a terminal, without OPENDATA_NO_PROGRESS."""
    if shown is None:
        shown = sys.stderr.isatty() and not os.environ.get("OPENDATA_NO_PROGRESS")
    if not shown:
        yield lambda count: None
        return
    from tqdm import tqdm

    with tqdm(total=total, unit="B", unit_scale=True, unit_divisor=1024, leave=False) as bar:
        yield bar.update
