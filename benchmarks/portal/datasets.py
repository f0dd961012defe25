"""Made-up datasets for the search page: as many as one likes, always the same ones."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from opendata.contract.keys import ObjectKind, object_key

from opendata_platform.portal.keywords import keywords
from opendata_platform.portal.search import FIELDS, Row, search_files

_PLACES = (("China", "中国"), ("Hong Kong", "香港"), ("Germany", "德国"), ("Japan", "日本"), ("United States", "美国"))
_KINDS = (
    ("stock", "Equity", "股票", ("trade_date", "open", "high", "low", "close", "volume")),
    ("etf", "ETF", "基金", ("trade_date", "nav", "close", "amount")),
    ("futures", "Futures", "期货", ("trade_date", "settle", "open_interest", "volume")),
    ("crypto", "Crypto", "加密货币", ("open_time", "open", "high", "low", "close", "trades")),
    ("macro", "Macro", "宏观", ("period", "value", "available_date")),
    ("weather", "Weather", "气象", ("time", "temperature_2m", "rain", "wind_speed")),
)
_STEPS = (("minutely", "minute bars", "分钟线"), ("daily", "daily prices", "日线行情"), ("monthly", "monthly", "月度"))
_NAMESPACES = ("official", "stooq", "akshare", "imf", "entsoe", "okx", "tushare", "example-lab")
_LICENCES = ("CC-BY-4.0", "CC0-1.0", "MIT", "ODbL-1.0", "CC-BY-NC-4.0")


def rows(count: int, now: datetime) -> list[Row]:
    """Rows of the search file; what they say of their age is counted from `now`."""
    chance = random.Random(20)
    return [_row(chance, number, now) for number in range(count)]


def _row(chance: random.Random, number: int, now: datetime) -> Row:
    place, place_zh = chance.choice(_PLACES)
    kind, kind_en, kind_zh, columns = chance.choice(_KINDS)
    frequency, step, step_zh = chance.choice(_STEPS)
    symbol = "".join(chance.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=4))
    name = f"{place.lower().replace(' ', '-')}-{symbol.lower()}-{frequency}-{number}"
    title_zh = f"{place_zh}{kind_zh}{symbol} {step_zh}"
    updated = now - timedelta(minutes=chance.randrange(1, 120_000))
    dataset = f"{chance.choice(_NAMESPACES)}/{name}"
    tags = [kind, place.lower(), frequency]
    values = {
        "id": dataset,
        "title": f"{kind_en} {symbol}, {place}, {step}",
        "title_zh": title_zh,
        "tags": tags,
        "columns": list(columns),
        "keywords": keywords([dataset, title_zh, *tags, *columns], title_zh),
        "asset_class": kind,
        "frequency": frequency,
        "license": chance.choice(_LICENCES),
        "rows": int(10 ** chance.uniform(2, 8)),
        "bytes": int(10 ** chance.uniform(3, 10)),
        "updated": updated.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "through": updated.date().isoformat(),
        "runs": "".join(chance.choices("puqf", weights=(80, 10, 4, 6), k=chance.randrange(31))),
        "verified": chance.random() < 0.6,
        "sandbox": chance.random() < 0.1,
    }
    return [values[field] for field in FIELDS]


def write_search_files(store: Path, count: int, now: datetime) -> None:
    """The search files of that many datasets, into a store that is a folder."""
    files = search_files(rows(count, now))
    bodies = {object_key(ObjectKind.PORTAL_SEARCH): files.whole, **files.shards}
    if files.head:
        bodies[object_key(ObjectKind.PORTAL_SEARCH_HEAD)] = files.head
    for key, body in bodies.items():
        (store / key).parent.mkdir(parents=True, exist_ok=True)
        (store / key).write_bytes(body)
