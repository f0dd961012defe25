"""A-share instruments."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import Api, PublicationHour, Whole, day, text

API = Api(
    name="stock_basic",
    title="A-share instruments",
    title_zh="股票列表",
    description=(
        "Listed, delisted and paused shares, so that history has no survivorship bias. Shares approved but "
        "not yet trading (status G) are not asked for. Codes of the Beijing exchange became 920xxx in 2025."
    ),
    description_zh=("上市、退市与暂停上市股票，避免幸存者偏差；不含过会未交易（G）。北交所代码 2025 年改为 920 开头。"),
    asset_class="stock",
    batch="P0",
    document=25,
    fields=(
        text("ts_code", "Instrument code with its market suffix", "证券代码（含市场后缀）", required=True),
        text("symbol", "Exchange code without suffix", "交易代码"),
        text("name", "Short name", "简称", required=True),
        text("area", "Region", "地域"),
        text("industry", "Industry label of the vendor", "所属行业"),
        text("fullname", "Full name", "全称"),
        text("enname", "English name", "英文全称"),
        text("cnspell", "Pinyin abbreviation", "拼音缩写"),
        text("market", "Board or market", "市场类型"),
        text("exchange", "Exchange", "交易所"),
        text("curr_type", "Trading currency", "交易货币"),
        text(
            "list_status",
            "Listing status: L listed, D delisted, P paused",
            "上市状态：L 上市 D 退市 P 暂停",
            required=True,
        ),
        day("list_date", "Day of listing", "上市日期", required=True),
        day("delist_date", "Day of delisting; null while alive", "退市日期"),
        text("is_hs", "Stock Connect: N none, H Shanghai, S Shenzhen", "沪深港通标的"),
        text("act_name", "Actual controller", "实际控制人"),
        text("act_ent_type", "Kind of the actual controller", "实控人企业性质"),
    ),
    key=("ts_code",),
    fetch=Whole(({"list_status": "L"}, {"list_status": "D"}, {"list_status": "P"})),
    period="snapshot",
    page_rows=6000,
    points=2000,
    calls_per_minute=50,
    published=PublicationHour(time(8, 0)),
    first_day=date(1990, 12, 19),
    modules=("core.instrument_meta",),
)
