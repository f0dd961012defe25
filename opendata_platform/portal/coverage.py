"""Which of the partitions that should be there are there: counted by month, or by year where there are many months.

Expected is every partition from the first published one to the newest that is due. What lies before the first one is
not promised by anybody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from opendata_platform.datasets.partitions import Partitions

MOST_MONTHS = 120
"""Months up to which each has a cell of its own."""
_MONTH, _YEAR = 7, 4


def coverage(partitions: Partitions, published: Sequence[str], due: str) -> dict[str, Any] | None:
    """The cells of the heat map, oldest first; None while nothing is published."""
    if not published:
        return None
    expected = expected_partitions(partitions, min(published), max(*published, due))
    months = len({name[:_MONTH] for name in expected})
    length = _MONTH if months <= MOST_MONTHS else _YEAR
    wanted = Counter(name[:length] for name in expected)
    present = Counter(name[:length] for name in set(published) & set(expected))
    cells = [
        {"period": period, "present": present[period], "expected": count, "ratio": round(present[period] / count, 4)}
        for period, count in sorted(wanted.items())
    ]
    return {"by": "month" if length == _MONTH else "year", "cells": cells}


def expected_partitions(partitions: Partitions, first: str, last: str) -> list[str]:
    """All partitions from one to another, both included."""
    expected = []
    name: str | None = first
    while name is not None and name <= last:
        expected.append(name)
        name = partitions.shifted(name, 1)
    return expected
