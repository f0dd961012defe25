"""The rules of the matrix as data: one declaration per asset class and module.

A cell is complete if every need of `complete` is met, else partial if there is a `partial` whose needs are all met,
else missing. What is not listed on the day is not applicable, whatever the module.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl

from opendata_platform.status.evidence import Evidence, Need, each, one

GLOBAL = "GLOBAL"
"""The symbol of cells about a whole market."""

ASSET_CLASSES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "stock": ("P0", "股票"),
        "etf": ("P0", "场内基金"),
        "index": ("P0", "指数"),
        "futures": ("P0", "期货"),
        "spot": ("P0", "现货"),
        "fx": ("P1", "外汇"),
        "macro": ("P1", "宏观"),
    }
)
"""The batch of each asset class, and its Chinese name."""

FX_PAIRS = tuple(
    f"{pair}.FXCM" for pair in ("USDCNH", "EURUSD", "GBPUSD", "USDJPY", "AUDUSD", "NZDUSD", "USDCAD", "USDCHF")
)
"""The currency pairs that are followed."""
COVERED_INDICES = ("000001.SH", "000300.SH", "000905.SH", "399001.SZ", "399005.SZ", "399006.SZ")
"""The indices of which the source has daily indicators."""
COMPOSITE = "NHCI.NH"
"""The Nanhua index of all commodities."""

BAR = Evidence("bar", "tushare/daily-prices")
PRICE = Evidence("price", "tushare/daily-prices", any_of=("close", "settle"))
TURNOVER = Evidence("turnover", "tushare/daily-prices", any_of=("amount", "volume"))
MASTER = Evidence("master", "tushare/instrument-master")
STOCK_BASICS = Evidence("basics", "tushare/stock-daily-basic")
MONEYFLOW = Evidence("moneyflow", "tushare/stock-moneyflow")
STOCK_FACTOR = Evidence("adj_factor", "tushare/stock-adj-factor", any_of=("adj_factor",))
INDUSTRY = Evidence("industry", "tushare/basket-membership-daily", where={"basket_type": "industry"})
ETF_FACTOR = Evidence("adj_factor", "tushare/etf-adj-factor", any_of=("adj_factor",))
SHARE_SIZE = Evidence("share_size", "tushare/etf-share-size", any_of=("total_share", "total_size"))
WEIGHTS = Evidence(
    "weights",
    "tushare/basket-membership-daily",
    key="basket_id",
    any_of=("weight",),
    dated=pl.col("source_window").str.slice(0, 10).str.to_date(strict=False),
    max_age=40,
)
INDEX_BASICS = Evidence("basics", "tushare/index-daily-basics", key="index_code")
MARKETS = Evidence(
    "market_stats", "tushare/market-daily-stats", key="source", only="daily_info", any_of=("amount", "volume")
)
SHENZHEN = Evidence(
    "shenzhen_stats", "tushare/market-daily-stats", key="source", only="sz_daily_info", any_of=("amount", "volume")
)
SETTLE = Evidence("settle", "tushare/futures-daily-ext", any_of=("settle",))
OPEN_INTEREST = Evidence("oi", "tushare/futures-daily-ext", any_of=("oi",))
NANHUA = Evidence("nanhua_index", "tushare/futures-index-daily-ext", only=COMPOSITE, any_of=("close",))
CONTINUOUS = Evidence("continuous", "tushare/futures-continuous-daily", key="continuous_code", by="continuous")
WEEKLY = Evidence(
    "weekly",
    "tushare/futures-weekly-context",
    key="contract_code",
    by="product",
    dated=pl.col("week_end"),
    max_age=7,
)
PRICE_AVERAGE = Evidence("price_avg", "tushare/spot-sge-daily-ext", any_of=("price_avg",))
SETTLE_VOLUME = Evidence("settle_vol", "tushare/spot-sge-daily-ext", any_of=("settle_vol",))
SPOT_TURNOVER = Evidence("turnover", "tushare/spot-sge-daily-ext", any_of=("amount", "oi"))


def series(*names: str) -> tuple[Evidence, ...]:
    """Macro series; how old their newest period may be is `macro.py`'s matter."""
    return tuple(
        Evidence(name, "tushare/macro-observations", "series_key", "series", name, ("value",), max_age=None)
        for name in names
    )


GROWTH = series("cn.gdp", "cn.cpi", "cn.ppi")
MONEY_MARKET = series("cn.shibor", "cn.shibor_lpr")
CREDIT = series("cn.m2", "cn.social_financing")
US_RATES = series("us.tycr", "us.trycr", "us.tbr", "us.tltr", "us.trltr")


@dataclass(frozen=True, slots=True)
class Rule:
    """When the cells of one module are complete or partial, for one asset class."""

    asset_class: str
    module: str
    complete: tuple[Need, ...] = ()
    """Without needs the module is never applicable."""
    partial: tuple[Need, ...] = ()
    while_suspended: bool = True
    """Whether it applies to a share on a day on which it is suspended."""
    covered: tuple[str, ...] = ()
    """The only symbols that the source covers; all if none are named."""
    market: bool = False
    """Whether there is one cell for the whole market, not one per instrument."""
    combines: tuple[str, ...] = ()
    """Modules that it is made of: complete when all of them are, partial when some are."""

    @property
    def id(self) -> str:
        """Its name in explanations."""
        return f"{self.asset_class}/{self.module}"

    @property
    def title(self) -> tuple[str, str, bool]:
        """English, Chinese, and whether the module is required."""
        return MODULES[self.module]

    @property
    def is_applicable(self) -> bool:
        """Whether it ever applies."""
        return bool(self.complete or self.combines)

    @property
    def split(self) -> tuple[tuple[Evidence, ...], tuple[Evidence, ...]]:
        """The facts without which a cell is missing, and those that only make it complete or replace others."""
        complete = {item.name: item for need in self.complete for item in need.of}
        partial = {item.name: item for need in self.partial for item in need.of}
        core = (complete.keys() & partial.keys()) or complete.keys()
        everything = {**partial, **complete}
        required = tuple(item for name, item in everything.items() if name in core)
        return required, tuple(item for name, item in everything.items() if name not in core)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """All facts that it looks at."""
        return (*self.split[0], *self.split[1])


MODULES: Mapping[str, tuple[str, str, bool]] = MappingProxyType(
    {
        "core.daily_prices": ("Daily prices", "日线行情", True),
        "core.instrument_meta": ("Instrument data", "证券资料", True),
        "core.daily_basics": ("Daily indicators", "每日指标", True),
        "core.daily_moneyflows": ("Money flow", "资金流向", True),
        "core.index_membership": ("Index members", "指数成分", True),
        "core.index_daily_basics": ("Index indicators", "指数每日指标", True),
        "core.market_context": ("Market statistics", "市场统计", True),
        "core.futures_settle": ("Settlement prices", "结算价", True),
        "core.futures_oi": ("Open interest", "持仓量", True),
        "core.spot_price_avg": ("Average prices", "加权均价", True),
        "core.spot_settle": ("Delivery volume", "交收量", True),
        "task.momentum": ("Momentum", "动量", False),
        "task.liquidity": ("Liquidity", "流动性", False),
        "task.exposure": ("Exposure", "敞口", False),
        "macro.cn_growth_inflation": ("China: growth and inflation", "中国增长与通胀", True),
        "macro.cn_liquidity": ("China: liquidity", "中国流动性", True),
        "macro.us_rates": ("US rates", "美国利率", True),
        "macro.cross_market": ("Across markets", "跨市场", True),
    }
)
"""English and Chinese title, and whether a module is required, in the order in which they are shown."""


def _basic(asset_class: str) -> tuple[Rule, ...]:
    return (
        Rule(asset_class, "core.daily_prices", each(BAR), while_suspended=False),
        Rule(asset_class, "core.instrument_meta", each(MASTER)),
    )


RULES: tuple[Rule, ...] = (
    *_basic("stock"),
    Rule("stock", "core.daily_basics", each(STOCK_BASICS), while_suspended=False),
    Rule("stock", "core.daily_moneyflows", each(MONEYFLOW), while_suspended=False),
    Rule("stock", "task.momentum", each(PRICE, STOCK_FACTOR), each(PRICE), while_suspended=False),
    Rule("stock", "task.liquidity", each(PRICE, TURNOVER, STOCK_BASICS), each(PRICE, TURNOVER), while_suspended=False),
    Rule("stock", "task.exposure", each(INDUSTRY, STOCK_BASICS), (one(INDUSTRY, STOCK_BASICS),), while_suspended=False),
    *_basic("etf"),
    Rule("etf", "core.daily_basics"),
    Rule("etf", "core.daily_moneyflows"),
    Rule("etf", "task.momentum", each(PRICE, ETF_FACTOR), each(PRICE)),
    Rule("etf", "task.liquidity", each(PRICE, TURNOVER, SHARE_SIZE), each(PRICE, TURNOVER)),
    Rule("etf", "task.exposure"),
    Rule("index", "core.index_membership", each(WEIGHTS), each(WEIGHTS.within(None))),
    Rule("index", "core.index_daily_basics", each(INDEX_BASICS), covered=COVERED_INDICES),
    Rule("index", "core.market_context", each(MARKETS), each(SHENZHEN), market=True),
    Rule("index", "task.momentum", each(PRICE, INDEX_BASICS), each(PRICE)),
    Rule("index", "task.liquidity", (*each(PRICE, TURNOVER), one(MARKETS, SHENZHEN)), each(PRICE, TURNOVER)),
    Rule("index", "task.exposure", each(WEIGHTS), each(WEIGHTS.within(None))),
    *_basic("futures"),
    Rule("futures", "core.futures_settle", each(SETTLE)),
    Rule("futures", "core.futures_oi", each(OPEN_INTEREST)),
    Rule("futures", "task.momentum", (*each(PRICE), one(NANHUA, CONTINUOUS)), each(PRICE)),
    Rule("futures", "task.liquidity", each(PRICE, TURNOVER, WEEKLY.within(14)), each(PRICE, TURNOVER)),
    Rule("futures", "task.exposure", each(WEEKLY), each(WEEKLY.within(14))),
    *_basic("spot"),
    Rule("spot", "core.spot_price_avg", each(PRICE_AVERAGE)),
    Rule("spot", "core.spot_settle", each(SETTLE_VOLUME)),
    Rule("spot", "task.momentum", each(PRICE, PRICE_AVERAGE), each(PRICE)),
    Rule("spot", "task.liquidity", each(SPOT_TURNOVER), each(SETTLE_VOLUME)),
    Rule("spot", "task.exposure"),
    *_basic("fx"),
    Rule("fx", "task.momentum", each(PRICE)),
    Rule("fx", "task.liquidity"),
    Rule("fx", "task.exposure"),
    Rule("macro", "macro.cn_growth_inflation", (Need(GROWTH, 2),), (Need(GROWTH),), market=True),
    Rule(
        "macro",
        "macro.cn_liquidity",
        (one(*MONEY_MARKET), one(*CREDIT)),
        (one(*MONEY_MARKET, *CREDIT),),
        market=True,
    ),
    Rule("macro", "macro.us_rates", (Need(US_RATES, 4),), (Need(US_RATES),), market=True),
    Rule(
        "macro",
        "macro.cross_market",
        market=True,
        combines=("macro.cn_growth_inflation", "macro.cn_liquidity", "macro.us_rates"),
    ),
)
"""Every rule, by asset class and then in the order of the modules."""

DATASETS = tuple(dict.fromkeys(item.dataset for rule in RULES for item in rule.evidence))
"""The datasets that rules look at."""
