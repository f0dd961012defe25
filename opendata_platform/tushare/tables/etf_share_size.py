"""Units and size of exchange-traded funds."""

from __future__ import annotations

from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.extension import extension

TABLE = extension(
    "etf-share-size",
    find_api("etf_share_size"),
    find_api("fund_share"),
    title="Units and size of exchange-traded funds, daily",
    title_zh="场内基金份额与规模",
    note="Funds that etf_share_size lacks have the units of fund_share and no size.",
    note_zh="etf_share_size 未覆盖者取 fund_share 的份额，无规模。",
    renamed={"fd_share": "total_share", "etf_name": "name"},
)
