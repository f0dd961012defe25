"""`odp status`: the matrix of a day as text, or the cells of what is asked for with their explanations."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl
from opendata import calendars
from opendata.errors import InvalidValue, VersionNotFound
from opendata.protocol.author import make_author
from opendata.stores.store import Store

from opendata_platform.datasets.publisher import Publisher
from opendata_platform.status.evidence import LOOK_BACK
from opendata_platform.status.rules import ASSET_CLASSES, MODULES, RULES
from opendata_platform.status.suggest import MATRIX
from opendata_platform.status.summary import explained, modules, shown_ratio, sums, worst_first

MOST_EXPLAINED = 20
WORDS = {
    "complete": "完整",
    "partial": "部分",
    "missing": "缺失",
    "not_applicable": "不适用",
    "no_row": "无记录",
    "null_field": "字段为空",
    "stale": "过旧",
    "disabled_by_flag": "开关关闭",
    "not_in_universe": "不在范围",
    "not_covered_by_source": "来源不覆盖",
    "not_listed": "未上市或已退市",
    "suspended": "停牌",
}
"""Statuses and reasons in Chinese."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which cells; None for all."""

    module: str | None = None
    symbol: str | None = None
    asset_class: str | None = None

    def of(self, cells: pl.DataFrame) -> pl.DataFrame:
        """The cells asked for; raises InvalidValue when a name is not one of those there are."""
        wanted = {"module": self.module, "symbol": self.symbol, "asset_class": self.asset_class}
        asked = {name: value for name, value in wanted.items() if value is not None}
        found = cells.filter(pl.lit(True), *(pl.col(name) == value for name, value in asked.items()))
        if found.is_empty():
            rule = f"nothing in the matrix of {cells['trade_date'][0]} is so; modules are {', '.join(MODULES)}"
            raise InvalidValue(" and ".join(asked), " and ".join(asked.values()), rule)
        return found


def read_cells(store: Store, as_of: str | None) -> pl.DataFrame:
    """The matrix of a day, or of the newest one; raises VersionNotFound when it was not computed."""
    reader = Publisher(store, make_author("operator"))
    entry = reader.newest_entry(MATRIX, as_of, as_of)
    if entry is None or entry.data is None:
        day = as_of or calendars.newest(datetime.now(UTC).date()).isoformat()
        raise VersionNotFound(
            f"no day of {MATRIX} is published" if as_of is None else f"{MATRIX} of {as_of} is not published",
            hint=f"compute it: odp backfill {MATRIX} --from {day} --to {day}",
        )
    return reader.read(MATRIX, entry.data)


def as_json(cells: pl.DataFrame, question: Question) -> str:
    """The cells of a symbol or module with their explanations, or the sums of all modules."""
    found = question.of(cells)
    if question.symbol is not None:
        return _dumped([explained(cell) for cell in found.to_dicts()])
    kept = [module for module in modules(found) if question.module in (None, module["module"])]
    for module in kept:
        module["cells"] = [cell for cell in module["cells"] if question.asset_class in (None, cell["asset_class"])]
    shown = [module for module in kept if module["cells"]]
    return _dumped({"as_of": cells["trade_date"][0].isoformat(), "modules": shown})


def as_text(cells: pl.DataFrame, question: Question) -> str:
    """The same for people: sums, and explanations where a symbol or a module is asked for."""
    found = question.of(cells)
    lines = [f"as of / 截至 {cells['trade_date'][0]}", "", *_sums(found)]
    if question.symbol is not None or question.module is not None:
        for cell in worst_first(found, MOST_EXPLAINED):
            lines += ["", *_explanation(explained(cell))]
        if found.height > MOST_EXPLAINED:
            lines += ["", f"{found.height - MOST_EXPLAINED} more; --symbol shows one / 其余请用 --symbol 查看"]
    return "\n".join(lines)


def _sums(cells: pl.DataFrame) -> Sequence[str]:
    found = sums(cells)
    asked = set(cells["rule_id"])
    head = f"{'asset class':12} {'module':28} {'complete':>9} {'partial':>8} {'missing':>8} {'n/a':>7}"
    lines = [f"{head} {'complete %':>11} {'usable %':>9}"]
    for rule in RULES:
        if rule.id in asked:
            own = found[rule.id]
            counts = f"{own.complete:9} {own.partial:8} {own.missing:8} {own.not_applicable:7}"
            ratios = f"{shown_ratio(own.complete_ratio):>11} {shown_ratio(own.usable_ratio):>9}"
            title = (
                f"{ASSET_CLASSES[rule.asset_class][1]} {rule.title[1]}{'' if rule.title[2] else ' (optional / 可选)'}"
            )
            lines.append(f"{rule.asset_class:12} {rule.module:28} {counts} {ratios}  {title}")
    return lines


def _explanation(payload: Mapping[str, Any]) -> Sequence[str]:
    said = [payload["status"], *([payload["reason_code"]] if payload["reason_code"] else [])]
    words = ", ".join(f"{word} / {WORDS[word]}" for word in said)
    lines = [f"{payload['symbol']} {payload['rule_id']}: {words}"]
    for kind, kind_zh in (("required", "必需"), ("optional", "可选")):
        for item in payload[kind]:
            mark = "✓" if item["present"] else "✗"
            seen = f"last {item['last_date']}, {item['age_days']} days old"
            last = seen if item["last_date"] else f"none in the {LOOK_BACK} days before / 近 {LOOK_BACK} 日无"
            lines.append(f"  {mark} {kind} / {kind_zh}  {item['fact']}: {item['dataset']} {item['key']}, {last}")
    if payload["source_run_id"]:
        lines.append(f"  published by run / 发布运行  {payload['source_run_id']}")
    if payload["suggested_backfill"]:
        lines.append(f"  $ {payload['suggested_backfill']}")
    return lines


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
