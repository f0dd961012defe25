"""ETF information."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import Api, PublicationHour, Whole, day, number, text

API = Api(
    name="etf_basic",
    title="ETF information",
    title_zh="ETF基础信息",
    description="Index, manager and fee of each ETF. exchange is SH or SZ here, SSE or SZSE in etf_share_size.",
    description_zh="ETF 的标的指数、管理人与费率。交易所此处为 SH/SZ，etf_share_size 为 SSE/SZSE。",
    asset_class="etf",
    batch="P0",
    document=385,
    fields=(
        text("ts_code", "Fund code with its market suffix", "基金代码（含市场后缀）", required=True),
        text("csname", "Chinese short name", "中文简称", required=True),
        text("extname", "Extended short name at the exchange", "扩位简称"),
        text("cname", "Full name", "基金中文全称"),
        text("index_code", "Index code", "指数代码"),
        text("index_name", "Index name", "指数名称"),
        day("setup_date", "Inception", "设立日期"),
        day("list_date", "Day of listing", "上市日期"),
        text("list_status", "Listing status: L listed, D delisted, P to be listed", "存续状态：L 上市 D 退市 P 待上市"),
        text("exchange", "Exchange", "交易所"),
        text("mgr_name", "Manager", "管理人简称"),
        text("custod_name", "Custodian", "托管人名称"),
        number("mgt_fee", "Management fee; unit not stated", "管理费率（单位未载明）"),
        text("etf_type", "Domestic or QDII", "投资通道类型"),
    ),
    key=("ts_code",),
    fetch=Whole(({"list_status": "L"}, {"list_status": "D"}, {"list_status": "P"})),
    period="snapshot",
    page_rows=5000,
    points=8000,
    calls_per_minute=200,
    published=PublicationHour(time(8, 0)),
    first_day=date(2004, 12, 30),
    modules=("core.instrument_meta",),
)
