"""When a dataset is published, in words and as cron, and when its next partition is expected."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from opendata.contract.canonical import format_instant

from opendata_platform.datasets.partitions import TradingDays
from opendata_platform.datasets.spec import DatasetSpec

_PERIODS = {
    "day": ("every trading day", "每个交易日"),
    "week": ("on the last trading day of each week", "每周最后一个交易日"),
    "month": ("on the last trading day of each month", "每月最后一个交易日"),
}
_EVERY_DAY = ("every day", "每天")


def schedule(spec: DatasetSpec) -> dict[str, str]:
    """The publication time of a declaration, as its schedule keeps it."""
    due, at, zone = spec.due, f"{spec.due.at:%H:%M}", str(spec.due.zone)
    text, text_zh = _PERIODS[spec.partitions.period] if isinstance(spec.partitions, TradingDays) else _EVERY_DAY
    days = "day" if due.lag_days == 1 else "days"
    later = f", {due.lag_days} {days} after the day of the data" if due.lag_days else ""
    later_zh = f"，数据日之后 {due.lag_days} 天" if due.lag_days else ""
    return {
        "text": f"{text} at {at} ({zone}){later}",
        "text_zh": f"{text_zh} {at}（{zone}）{later_zh}",
        "timezone": zone,
        "cron": f"{due.at.minute} {due.at.hour} * * *",
    }


def next_expected_at(spec: DatasetSpec, newest: str | None) -> str | None:
    """The instant at which the partition after the newest published one is due; it may be over.

    None before the first publication, and after the end of the trading calendar.
    """
    following = spec.partitions.shifted(newest, 1) if newest else None
    if following is None:
        return None
    day = date.fromisoformat(following) + timedelta(days=spec.due.lag_days)
    return format_instant(datetime.combine(day, spec.due.at, spec.due.zone))


def newest_due(spec: DatasetSpec, now: datetime) -> str:
    """The newest partition that was due at the last publication time before an instant."""
    local = now.astimezone(spec.due.zone)
    today = datetime.combine(local.date(), spec.due.at, spec.due.zone)
    day = local.date() - timedelta(days=spec.due.lag_days + (today > local))
    return spec.partitions.due(day).isoformat()
