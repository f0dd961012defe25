"""The matrix of a full sandbox day, published as the platform does, against the plain computation, cell by cell."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from opendata import calendars

from benchmarks.status_matrix import DAY, publish_day
from opendata_platform.datasets.catalog import partitions_of
from opendata_platform.datasets.partitions import SnapshotDays
from opendata_platform.datasets.related import RelatedData
from opendata_platform.status.matrix import compute
from tests.status.plain_matrix import PlainMatrix


@pytest.mark.slow
def test_every_cell_of_a_full_day_is_what_the_rules_say_in_plain_python(tmp_path: Path) -> None:
    publisher, day = publish_day(tmp_path, DAY), date.fromisoformat(DAY)

    @cache
    def rows(dataset: str) -> Iterable[dict[str, Any]]:
        if dataset == "tushare/macro-observations":
            return ()
        if isinstance(partitions_of(dataset), SnapshotDays):
            entry = publisher.newest_entry(dataset)
        else:
            entry = publisher.newest_entry(dataset, (day - timedelta(days=31)).isoformat(), DAY)
        assert entry
        assert entry.data
        return publisher.read(dataset, entry.data).to_dicts()

    cells = compute(day, RelatedData(publisher, DAY, partitions_of))
    names = ("asset_class", "symbol", "module", "status", "reason_code")
    found = {tuple(row[:3]): row[3:] for row in cells.select(names).iter_rows()}
    assert len(found) == cells.height
    assert len({symbol for _, symbol, _ in found}) > 8000
    assert found == PlainMatrix(day, rows, list(calendars.open_days()), p1=False).cells()
