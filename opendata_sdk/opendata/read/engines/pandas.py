"""pandas, which reads the Parquet files itself; what is to be refined goes through arrow."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from opendata.read.engines import arrow
from opendata.read.engines.arrow import read_footer, refine, rows, unique
from opendata.read.tables import Group, Table

__all__ = ["finish", "load", "read_footer", "refine", "rows", "unique"]


def load(table: Table) -> pd.DataFrame:
    """The table, in memory."""
    if table.n_rows is not None:
        return arrow.load(table).to_pandas()
    frames = [_load_group(group) for group in table.groups]
    whole = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
    if table.order:
        whole = whole.sort_values(list(table.order), kind="stable", ignore_index=True)
    for name, declared in table.types.items():
        if name not in whole.columns:
            whole[name] = arrow.nulls(len(whole), declared).to_pandas()
    return whole[table.columns]


def finish(table: pa.Table) -> pd.DataFrame:
    """The table, in memory."""
    return table.to_pandas()


def _load_group(group: Group) -> pd.DataFrame:
    frame = pd.read_parquet(
        [str(path) for path in group.paths],
        engine="pyarrow",
        columns=group.columns,
        filters=arrow.expression(group),
        partitioning=None,
    )
    for name in group.instants:
        frame[name] = frame[name].dt.tz_localize("UTC")
    return frame
