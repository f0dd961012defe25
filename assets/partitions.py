"""Partition kinds of the core as Dagster's partitions definitions, and how partitions of one map to another's."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache

import dagster as dg
from opendata import calendars
from opendata.contract.ids import Versioning

from opendata_platform.datasets.partitions import Partitions, TradingDays, UtcDays


@cache
def partitions_def(partitions: Partitions) -> dg.TimeWindowPartitionsDefinition:
    """Days in UTC (a snapshot's today exists while it lasts, a slice's only once it is over), or trading days in
    Shanghai, of which today's exists while it lasts."""
    if isinstance(partitions, TradingDays):
        return dg.TimeWindowPartitionsDefinition(
            cron_schedule="0 0 * * 1-5",
            start=partitions.start.isoformat(),
            fmt="%Y-%m-%d",
            timezone="Asia/Shanghai",
            end_offset=1,
            exclusions=[datetime.combine(day, time()) for day in _left_out(partitions.period)],
        )
    today = 0 if isinstance(partitions, UtcDays) else 1
    return dg.DailyPartitionsDefinition(partitions.start.isoformat(), timezone="UTC", end_offset=today)


def dependency(upstream: dg.AssetKey, theirs: Partitions, ours: Partitions) -> dg.AssetDep:
    """How a dataset depends on another: on the same slice, on the slices of its window, or on the newest copy."""
    if theirs.versioning is Versioning.SNAPSHOT and ours.versioning is not Versioning.SNAPSHOT:
        return dg.AssetDep(upstream, partition_mapping=dg.LastPartitionMapping())
    return dg.AssetDep(upstream)


def _left_out(period: calendars.Period) -> list[date]:
    """The weekdays that are no partition."""
    kept = frozenset(calendars.open_days(period))
    span = (calendars.LAST_DAY - calendars.FIRST_DAY).days + 1
    days = (calendars.FIRST_DAY + timedelta(days=n) for n in range(span))
    return [day for day in days if day.weekday() < 5 and day not in kept]
