"""Daily bars of indices with everything that the vendor sends."""

from __future__ import annotations

from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.extension import extension

TABLE = extension(
    "index-daily-ext",
    find_api("sw_daily"),
    find_api("ci_daily"),
    find_api("index_global"),
    find_api("index_daily"),
    title="Daily bars of indices",
    title_zh="指数日线行情（扩展）",
    note="Volume and turnover of global indices are left out: the vendor does not say in which unit they are.",
    note_zh="国际指数的成交量额单位不明，不收录。",
    omitted={("index_global", "vol"), ("index_global", "amount")},
)
