"""pandas, which reads the Parquet files itself."""

from __future__ import annotations

import pandas as pd

from opendata.read.engines import arrow
from opendata.read.engines.arrow import read_footer
from opendata.read.tables import Group, Table

__all__ = ["load", "read_footer"]


def load(table: Table) -> pd.DataFrame:
    """The table, in memory."""
    if table.n_rows is not None:
        return arrow.load(table).to_pandas()
    frames = [_load_group(group) for group in table.groups]
    whole = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
    for name, declared in table.types.items():
        if name not in whole.columns:
            whole[name] = arrow.nulls(len(whole), declared).to_pandas()
    return whole[table.columns]


def _load_group(group: Group) -> pd.DataFrame:
    frame = pd.read_parquet(
        [str(path) for path in group.paths],
        engine="pyarrow",
        columns=group.columns,
        filters=group.conditions or None,
        partitioning=None,
    )
    for name in group.instants:
        frame[name] = frame[name].dt.tz_localize("UTC")
    return frame
