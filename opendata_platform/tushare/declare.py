"""What an API of Tushare declares, once: fields with types and units, key, paging, fetch axis, publication time.

Assets, checks, schemas, documentation and the sandbox follow from it. Not here: the declarations themselves (`apis/`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import Literal, TypeAlias

from opendata_platform.quality.checks import Check

Kind: TypeAlias = Literal["text", "date", "number", "integer"]
"""`date` is YYYYMMDD on the wire, `number` a 64-bit float, `integer` a whole number however it is written."""

AssetClass: TypeAlias = Literal["calendar", "stock", "etf", "index", "futures", "spot"]
Period: TypeAlias = Literal["day", "week", "month", "snapshot"]
"""Which partitions: each trading day, the last trading day of each week or month, or a complete copy a day."""

LOT = 100.0
THOUSAND = 1e3
TEN_THOUSAND = 1e4
HUNDRED_MILLION = 1e8


@dataclass(frozen=True, slots=True)
class Normal:
    """The unit of a number in the unified tables, and what the vendor's number is multiplied with to get there."""

    unit: str
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an answer."""

    name: str
    kind: Kind
    description: str
    description_zh: str
    unit: str | None = None
    """As the vendor sends it."""
    normal: Normal | None = None
    nullable: bool = True


def text(name: str, description: str, description_zh: str, *, required: bool = False) -> Field:
    """A text field."""
    return Field(name, "text", description, description_zh, nullable=not required)


def day(name: str, description: str, description_zh: str, *, required: bool = False) -> Field:
    """A date field."""
    return Field(name, "date", description, description_zh, nullable=not required)


def number(
    name: str,
    description: str,
    description_zh: str,
    unit: str | None = None,
    normal: Normal | None = None,
    *,
    required: bool = False,
) -> Field:
    """A number; `normal` only where the unified tables use another unit than the vendor."""
    return Field(name, "number", description, description_zh, unit, normal, not required)


def integer(
    name: str,
    description: str,
    description_zh: str,
    unit: str | None = None,
    normal: Normal | None = None,
    *,
    required: bool = False,
) -> Field:
    """A whole number; `normal` as for a number."""
    return Field(name, "integer", description, description_zh, unit, normal, not required)


Params: TypeAlias = dict[str, str]
"""Parameters of a request beside the token."""


@dataclass(frozen=True, slots=True)
class ByDay:
    """One request (or one per variant) a partition, for its day; the answer's rows are all of that day."""

    param: str = "trade_date"
    variants: tuple[Params, ...] = ({},)
    column: str = "trade_date"
    """The field that holds the day."""


@dataclass(frozen=True, slots=True)
class ByWeek:
    """One request a partition, for its ISO week as YYYYWW; the rows' `column` is a day of that week."""

    param: str
    column: str


@dataclass(frozen=True, slots=True)
class ByEvent:
    """Announcements come on any day: one request per calendar day after the partition before up to this one.

    `on_day` are parameters that are asked for with the partition's own day only (an ex-date is a trading day).
    """

    param: str
    on_day: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ByCode:
    """The API wants a code: one request per code over a window of partitions, whose rows land in the partition that
    their day falls into."""

    param: str
    codes: tuple[str, ...]
    column: str = "trade_date"
    start: str = "start_date"
    end: str = "end_date"


@dataclass(frozen=True, slots=True)
class Whole:
    """Everything there is, in one request per variant; each partition is a complete copy."""

    variants: tuple[Params, ...] = ({},)


Axis: TypeAlias = ByDay | ByWeek | ByEvent | ByCode | Whole


@dataclass(frozen=True, slots=True)
class PublicationHour:
    """When the vendor has a partition: at `at` (Asia/Shanghai), `lag_days` calendar days after its day."""

    at: time
    lag_days: int = 0


@dataclass(frozen=True, eq=False)
class Api:
    """The declaration of one API; there is one object of each."""

    name: str
    title: str
    title_zh: str
    description: str
    """What a user has to know beside the fields: quirks, coverage, how sure the facts are."""
    description_zh: str
    asset_class: AssetClass
    batch: Literal["P0", "P1", "P2"]
    document: int | None
    """Number of the vendor's documentation page."""
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    fetch: Axis
    period: Period
    page_rows: int
    """Rows asked for per page: the vendor's cap per call, or less where the cap is not documented."""
    points: int | None
    """Points that an account needs; None where unknown."""
    calls_per_minute: int
    """The limit to begin with; the answers teach the real one."""
    published: PublicationHour
    first_day: date
    modules: tuple[str, ...] = ()
    """Modules of the status matrix that need it."""
    sparse: bool = False
    """Whether a partition may rightly have no row."""
    checks: tuple[Check, ...] = ()

    @property
    def id(self) -> str:
        """The dataset of the answers as returned."""
        return raw_id(self.name)

    def field(self, name: str) -> Field:
        """The field of a name; raises KeyError."""
        return {field.name: field for field in self.fields}[name]


def raw_id(api: str) -> str:
    """The dataset of an API's answers as returned."""
    return f"tushare-raw/{api.replace('_', '-')}"
