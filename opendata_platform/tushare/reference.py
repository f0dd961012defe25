"""The reference of the declared APIs as Markdown, kept as `docs/tushare-apis.md`.

`python -m opendata_platform.tushare.reference` prints it. Not here: what the text says (`apis/`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence

from opendata_platform.tushare.catalog import all_apis
from opendata_platform.tushare.declare import Api, AssetClass, Axis, ByCode, ByDay, ByEvent, ByWeek, Field, Params
from opendata_platform.tushare.gates import checks_of

_INTRODUCTION = """\
# Tushare APIs · 接口参考

Printed by `python -m opendata_platform.tushare.reference` from the declarations in
[`opendata_platform/tushare/apis/`](../opendata_platform/tushare/apis), one file per API.

The dataset `tushare-raw/<api>` holds the answers as returned: names and units are the vendor's. Where the unified
tables use another unit, the column "Unified" gives it with the factor to multiply by. Times are those of Shanghai.
"Rows" is what is asked for per page, "calls" the calls per minute to begin with, "points" what an account needs.

数据集 `tushare-raw/<api>` 按原样保存：字段名与单位均为官方口径。
统一表单位不同者见 Unified 栏及换算系数。时间为北京时间。
"""
_CLASSES: Mapping[AssetClass, str] = {
    "calendar": "Calendars · 日历",
    "stock": "Stocks · 股票",
    "etf": "ETFs and other funds · 基金",
    "index": "Indices · 指数",
    "futures": "Futures · 期货",
    "spot": "Spot · 现货",
}


def reference(apis: Iterable[Api]) -> str:
    """The whole document: per asset class a table of its APIs, then the fields of each."""
    declared = list(apis)
    parts = [_INTRODUCTION]
    for asset_class, title in _CLASSES.items():
        members = [api for api in declared if api.asset_class == asset_class]
        if members:
            parts += [f"## {title}\n", _overview(members), *(_section(api) for api in members)]
    return "\n".join(parts)


def _overview(apis: Sequence[Api]) -> str:
    head = ("API", "Title", "名称", "Partition", "Asked for", "Published", "Rows", "Calls", "Points")
    return _table(
        head,
        (
            (
                f"[{api.name}](#{api.name})",
                api.title,
                api.title_zh,
                api.period,
                _asked(api.fetch),
                _published(api),
                str(api.page_rows),
                str(api.calls_per_minute),
                "unknown" if api.points is None else str(api.points),
            )
            for api in apis
        ),
    )


def _section(api: Api) -> str:
    compared = list(dict.fromkeys(name for check in checks_of(api) for name in check.looks_at))
    facts = [
        f"Dataset `{api.id}`",
        f"key {_names(api.key)}" if api.key else "no key: equal rows may be separate facts",
        f"from {api.first_day}",
        f"[document {api.document}](https://tushare.pro/document/2?doc_id={api.document})" if api.document else "",
        "a partition may have no row" if api.sparse else "",
        f"compared with {_names(compared)}" if compared else "",
        f"needed by {_names(api.modules)}" if api.modules else "",
    ]
    fields = _table(("Field", "Type", "Null", "Unit", "Unified", "Meaning", "含义"), map(_field, api.fields))
    title = f"{api.title} · {api.title_zh}"
    summary = "; ".join(filter(None, facts)) + "."
    return "\n\n".join([f"### {api.name}", title, api.description, api.description_zh, summary, fields])


def _field(field: Field) -> tuple[str, ...]:
    unified = f"{field.normal.unit} (× {field.normal.factor:,g})" if field.normal else ""
    null = "yes" if field.nullable else "no"
    return (f"`{field.name}`", field.kind, null, field.unit or "", unified, field.description, field.description_zh)


def _asked(axis: Axis) -> str:
    match axis:
        case ByDay(param, variants):
            return f"`{param}`" + _per(variants)
        case ByWeek(param):
            return f"`{param}`"
        case ByEvent(param, on_day):
            return ", ".join([f"`{param}` (each day)", *(f"`{other}`" for other in on_day)])
        case ByCode(param, codes):
            return f"`{param}`, {len(codes)} codes"
    return "all" + _per(axis.variants)


def _per(variants: Sequence[Params]) -> str:
    varying = {name for variant in variants for name in variant}
    return f" per {_names(sorted(varying))}" if varying else ""


def _published(api: Api) -> str:
    day = f", {api.published.lag_days} day later" if api.published.lag_days else ""
    return f"{api.published.at:%H:%M}{day}"


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (head, ["---"] * len(head), *rows))


if __name__ == "__main__":
    sys.stdout.write(reference(all_apis().values()))
