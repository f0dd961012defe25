"""Former names of A shares."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import Api, PublicationHour, Whole, day, text

API = Api(
    name="namechange",
    title="Former names of A shares",
    title_zh="股票曾用名",
    description=(
        "Every name with the days on which it was in force. Rows may repeat, and some have no day of "
        "announcement: all are read, so there is no key."
    ),
    description_zh="历史名称及生效区间；可能有重复行，部分无公告日期，故全部读取且不设主键。",
    asset_class="stock",
    batch="P0",
    document=100,
    fields=(
        text("ts_code", "Instrument code with its market suffix", "证券代码（含市场后缀）", required=True),
        text("name", "Name in force", "证券名称", required=True),
        day("start_date", "First day of validity", "开始日期", required=True),
        day("end_date", "Last day of validity; null for the current one", "结束日期"),
        day("ann_date", "Day of the announcement", "公告日期"),
        text("change_reason", "Reason of the change", "变更原因"),
    ),
    key=(),
    fetch=Whole(),
    period="snapshot",
    page_rows=5000,
    points=None,
    calls_per_minute=200,
    published=PublicationHour(time(8, 0)),
    first_day=date(1990, 12, 19),
)
