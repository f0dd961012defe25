"""Which partitions are due: at an instant of publication, and at any other moment since the last one."""

from __future__ import annotations

from datetime import datetime, timedelta

from opendata_platform.datasets.spec import DatasetSpec


def due_partitions(spec: DatasetSpec, at: datetime) -> list[str]:
    """The partitions to ask for at an instant of publication, the newest first."""
    day = at.astimezone(spec.due.zone) - timedelta(days=spec.due.lag_days)
    newest = spec.partitions.due(day.date()).isoformat()
    wanted = [newest, *(spec.partitions.shifted(newest, -steps) for steps in spec.due.revisit)]
    return [name for name in wanted if name and name >= spec.partitions.start.isoformat()]


def due_now(spec: DatasetSpec, now: datetime) -> list[str]:
    """The partitions of the last instant of publication, without those that can no longer be had."""
    local = now.astimezone(spec.due.zone)
    today = datetime.combine(local.date(), spec.due.at, spec.due.zone)
    last = today if today <= local else today - timedelta(days=1)
    return [name for name in due_partitions(spec, last) if spec.partitions.refusal(name, now) is None]
