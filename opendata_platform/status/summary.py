"""The matrix in sums: per module and asset class for `portal/status.json`, as a table for the Dagster UI.

Only sums and a few explanations leave the private tables: no value of the vendor. Two ratios, never mixed: complete
cells of the applicable ones, and usable (complete or partial) cells of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
from opendata.contract.canonical import to_json
from opendata.contract.fields import FORMAT, parse_object
from opendata.contract.keys import ObjectKind, object_key
from opendata.errors import StoreUnavailable
from opendata.protocol.objects import swap
from opendata.protocol.operations import Steps

from opendata_platform.status.matrix import COMPLETE, MISSING, NOT_APPLICABLE, PARTIAL, STATUSES
from opendata_platform.status.rules import MODULES, RULES

KEY = object_key(ObjectKind.PORTAL_STATUS)
EXPLAINED = 10
"""Explanations per module and asset class, of what is missing first."""
DAYS_KEPT = 30
PAYLOAD = ("asset_class", "symbol", "module", "status", "rule_id", "reason_code", "source_run_id", "suggested_backfill")


@dataclass(frozen=True, slots=True)
class Sums:
    """The cells of one module and asset class, counted."""

    complete: int = 0
    partial: int = 0
    missing: int = 0
    not_applicable: int = 0

    @property
    def applicable(self) -> int:
        """Those that count."""
        return self.complete + self.partial + self.missing

    @property
    def complete_ratio(self) -> float | None:
        """Complete cells of the applicable ones; None where none is."""
        return self.complete / self.applicable if self.applicable else None

    @property
    def usable_ratio(self) -> float | None:
        """Complete and partial cells of the applicable ones; None where none is."""
        return (self.complete + self.partial) / self.applicable if self.applicable else None

    @property
    def status(self) -> str:
        """What holds of all of them together."""
        if not self.applicable:
            return NOT_APPLICABLE
        if self.complete == self.applicable:
            return COMPLETE
        return PARTIAL if self.complete or self.partial else MISSING


def sums(cells: pl.DataFrame) -> dict[str, Sums]:
    """The sums by rule, of all rules."""
    counted = cells.group_by("rule_id", "status").len()
    counts: dict[str, dict[str, int]] = {rule.id: {} for rule in RULES}
    for rule_id, status, count in counted.iter_rows():
        counts[rule_id][status] = count
    return {rule_id: Sums(**found) for rule_id, found in counts.items()}


def explained(cell: Mapping[str, Any]) -> dict[str, Any]:
    """The explanation of one cell of the table."""
    looked_at = json.loads(cell["evidence"])
    return {"as_of": cell["trade_date"].isoformat(), **{name: cell[name] for name in PAYLOAD}, **looked_at}


def ratios_table(cells: pl.DataFrame) -> str:
    """The sums as a Markdown table."""
    head = ["Asset class", "Module", "Status", *STATUSES, "complete_ratio", "usable_ratio"]
    lines = [head, ["---"] * len(head)]
    found = sums(cells)
    for rule in RULES:
        own = found[rule.id]
        counts = [str(getattr(own, status)) for status in STATUSES]
        ratios = [shown_ratio(own.complete_ratio), shown_ratio(own.usable_ratio)]
        lines.append([rule.asset_class, rule.module, own.status, *counts, *ratios])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def shown_ratio(ratio: float | None) -> str:
    """A ratio in percent; a dash where nothing is applicable."""
    return "–" if ratio is None else f"{ratio:.2%}"


def keep_status(cells: pl.DataFrame, computed_at: str) -> Steps[None]:
    """Bring `portal/status.json` up to a day's cells: the newest day is shown whole, the last days by their ratios."""
    as_of = cells["trade_date"][0].isoformat()
    own = {"as_of": as_of, "usable_ratio": {rule_id: found.usable_ratio for rule_id, found in sums(cells).items()}}

    def update(current: bytes | None) -> bytes:
        before = {} if current is None else parse_object(current, KEY)
        days = {entry["as_of"]: entry for entry in before.get("history", [])} | {as_of: own}
        if as_of >= before.get("as_of", ""):
            shown: dict[str, Any] = {"as_of": as_of, "computed_at": computed_at, "modules": modules(cells)}
        else:
            shown = {name: before[name] for name in ("as_of", "computed_at", "modules")}
        history = [days[day] for day in sorted(days)[-DAYS_KEPT:]]
        return to_json({"format": FORMAT, **shown, "history": history, "rollout": before.get("rollout")})

    if not (yield from swap(KEY, update)):
        raise StoreUnavailable(f"{KEY}: the store never settled the write", hint="materialise the matrix again")


def modules(cells: pl.DataFrame) -> list[dict[str, Any]]:
    """Every module with a cell for each asset class that has it."""
    found = sums(cells)
    by_rule = {str(key[0]): own for key, own in cells.partition_by("rule_id", as_dict=True).items()}
    return [
        {
            "module": module,
            "title": title,
            "title_zh": title_zh,
            "required": required,
            "cells": [
                _cell(rule.asset_class, found[rule.id], by_rule.get(rule.id)) for rule in RULES if rule.module == module
            ],
        }
        for module, (title, title_zh, required) in MODULES.items()
    ]


def _cell(asset_class: str, own: Sums, cells: pl.DataFrame | None) -> dict[str, Any]:
    return {
        "asset_class": asset_class,
        "status": own.status,
        **{status: getattr(own, status) for status in STATUSES},
        "complete_ratio": own.complete_ratio,
        "usable_ratio": own.usable_ratio,
        "explain": [] if cells is None else [explained(cell) for cell in worst_first(cells, EXPLAINED)],
    }


def worst_first(cells: pl.DataFrame, most: int) -> list[dict[str, Any]]:
    """A few cells, those that lack something first."""
    order = pl.Enum([MISSING, PARTIAL, COMPLETE, NOT_APPLICABLE])
    ranked = cells.sort(pl.col("status").cast(order), "symbol").head(most)
    return ranked.to_dicts()
