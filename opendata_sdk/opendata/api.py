"""The module-level functions: each makes a `Client` from the environment of the moment and calls it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from opendata.client import Client
from opendata.read.catalog import Info, Match
from opendata.read.changes import PartitionChange
from opendata.read.history import Commit
from opendata.read.plan import LoadPlan
from opendata.read.request import HeadOptions, LoadOptions

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow
    from duckdb import DuckDBPyRelation
    from typing_extensions import Unpack

    from opendata.create.push import Pushed
    from opendata.create.report import Report
    from opendata.read.check import Verification
    from opendata.read.diff import Diff

    class ClientOptions(LoadOptions, total=False):
        """Options of a load and of the client it runs on."""

        cache_dir: str | os.PathLike[str] | None
        max_workers: int | None
        progress: bool | None
        offline: bool | None
        allow_rollback: bool


@overload
def load(
    id: str, *, engine: Literal["polars"] = ..., dry_run: Literal[False] = ..., **options: Unpack[ClientOptions]
) -> polars.DataFrame: ...
@overload
def load(
    id: str, *, engine: Literal["pandas"], dry_run: Literal[False] = ..., **options: Unpack[ClientOptions]
) -> pandas.DataFrame: ...
@overload
def load(
    id: str, *, engine: Literal["arrow"], dry_run: Literal[False] = ..., **options: Unpack[ClientOptions]
) -> pyarrow.Table: ...
@overload
def load(
    id: str, *, engine: Literal["duckdb"], dry_run: Literal[False] = ..., **options: Unpack[ClientOptions]
) -> DuckDBPyRelation: ...
@overload
def load(id: str, *, engine: str = ..., dry_run: Literal[True], **options: Unpack[ClientOptions]) -> LoadPlan: ...
@overload
def load(id: str, *, engine: str = ..., dry_run: bool = ..., **options: Unpack[ClientOptions]) -> Any: ...
def load(
    id: str,
    *,
    version: str | None = None,
    columns: Sequence[str] | None = None,
    filters: Sequence[Any] | None = None,
    start_date: str | date | None = None,
    end_date: str | date | None = None,
    start: str | date | None = None,
    end: str | date | None = None,
    n_rows: int | None = None,
    symbols: str | Sequence[str] | None = None,
    ts_code: str | Sequence[str] | None = None,
    as_of: str | date | datetime | None = None,
    adjust: Literal["qfq", "hfq"] | None = None,
    adjust_base: str | date | None = None,
    max_staleness: str | None = None,
    engine: str = "polars",
    force_download: bool = False,
    dry_run: bool = False,
    lock: str | os.PathLike[str] | None = None,
    locked: bool = False,
    cache_dir: str | os.PathLike[str] | None = None,
    max_workers: int | None = None,
    progress: bool | None = None,
    offline: bool | None = None,
    allow_rollback: bool = False,
) -> Any:
    """Load a dataset as a table; every file is checked against its recorded sha256 before it is opened.

    Args:
        id: `namespace/name` or `namespace/name@version`
        version: `2026-11-20` or `2026-11-20.r2` or `1.2.0` (exactly what was published under that name),
            `@2026-11-01T00:00:00Z` (what was shown at that instant), `seq:12` (after commit 12); else the newest state
        columns: names, in the order wanted
        filters: `[("close", ">", 100), …]` of which all must hold, or a list of such lists of which any must
        start_date: first day in UTC, ISO or YYYYMMDD; cut by the time column
        end_date: last day, included
        start: short for start_date
        end: short for end_date
        n_rows: only the first rows
        symbols: one or several, in any spelling: 600000.SH, sh600000, sh.600000, 600000.XSHG, 600000, BTCUSDT
        ts_code: another name of symbols
        as_of: only what was knowable at the end of a day (UTC) or at an instant, and of each fact its newest revision
        adjust: "qfq" is price × factor / the symbol's factor on the base day, "hfq" is price × factor
        adjust_base: the base day, by default the newest day of the state; "hfq" is divided only where one is given. The
            last factor up to that day counts; a symbol without one has null prices. Filters see adjusted prices
        max_staleness: how old the newest data may be: "1 trading day", "2 days", "36 hours"
        engine: polars, pandas, arrow or duckdb; instants are UTC in all of them
        force_download: download also what the cache holds
        dry_run: return a LoadPlan and read no data
        lock: a file in which to record what was loaded
        locked: load the very state and slice that the file `lock` (else opendata.lock) has recorded
        cache_dir: folder of the cache, as in `Client`
        max_workers: files downloaded at the same time
        progress: show a progress bar
        offline: make no request
        allow_rollback: accept a state older than the newest one this cache has seen

    Raises:
        NotFound: there is no such dataset or version
        InvalidValue: an argument breaks a rule
        NotAdjustable: the dataset does not say how its prices are adjusted
        NotPointInTime: the dataset does not say when its rows became known
        StaleData: the newest data are older than max_staleness
        IntegrityError: bytes are not what the commit says
        StoreError: the store did not answer, or refused
        Offline: offline, and the cache does not hold it

    Examples:
        >>> df = od.load("official/stooq-aapl-daily", start_date="2026-01-01", columns=["date", "close"])
        >>> df.columns
        ['date', 'close']
    """
    client = Client(
        cache_dir=cache_dir,
        max_workers=max_workers,
        progress=progress,
        offline=offline,
        allow_rollback=allow_rollback,
    )
    return client.load(
        id,
        version=version,
        columns=columns,
        filters=filters,
        start_date=start_date,
        end_date=end_date,
        start=start,
        end=end,
        n_rows=n_rows,
        symbols=symbols,
        ts_code=ts_code,
        as_of=as_of,
        adjust=adjust,
        adjust_base=adjust_base,
        max_staleness=max_staleness,
        engine=engine,
        force_download=force_download,
        dry_run=dry_run,
        lock=lock,
        locked=locked,
    )


def scan(
    id: str,
    *,
    version: str | None = None,
    start_date: str | date | None = None,
    end_date: str | date | None = None,
    start: str | date | None = None,
    end: str | date | None = None,
    symbols: str | Sequence[str] | None = None,
    ts_code: str | Sequence[str] | None = None,
    as_of: str | date | datetime | None = None,
    adjust: Literal["qfq", "hfq"] | None = None,
    adjust_base: str | date | None = None,
    max_staleness: str | None = None,
    cache_dir: str | os.PathLike[str] | None = None,
    max_workers: int | None = None,
    progress: bool | None = None,
    offline: bool | None = None,
    allow_rollback: bool = False,
) -> polars.LazyFrame:
    """A polars LazyFrame of one state; the arguments are those of `load`.

    Nothing is fetched before the query runs, and then only what its columns and conditions need. Its columns are those
    of the newest schema.

    Examples:
        >>> import polars as pl
        >>> minutes = od.scan("official/binance-btcusdt-kline-1m", start_date="2026-11-21", end_date="2026-11-21")
        >>> minutes.select(pl.len()).collect().item()
        1440
    """
    client = Client(
        cache_dir=cache_dir,
        max_workers=max_workers,
        progress=progress,
        offline=offline,
        allow_rollback=allow_rollback,
    )
    return client.scan(
        id,
        version=version,
        start_date=start_date,
        end_date=end_date,
        start=start,
        end=end,
        symbols=symbols,
        ts_code=ts_code,
        as_of=as_of,
        adjust=adjust,
        adjust_base=adjust_base,
        max_staleness=max_staleness,
    )


def explain(id: str, **options: Unpack[ClientOptions]) -> LoadPlan:
    """What a load with these options would read: objects, bytes and requests. No data is fetched.

    Examples:
        >>> od.explain("official/stooq-aapl-daily", columns=["date", "close"]).files
        1
    """
    plan: LoadPlan = load(id, dry_run=True, **options)
    return plan


@overload
def head(
    id: str,
    n: int = ...,
    *,
    engine: Literal["polars"] = ...,
    offline: bool | None = ...,
    **options: Unpack[HeadOptions],
) -> polars.DataFrame: ...
@overload
def head(
    id: str, n: int = ..., *, engine: Literal["pandas"], offline: bool | None = ..., **options: Unpack[HeadOptions]
) -> pandas.DataFrame: ...
@overload
def head(
    id: str, n: int = ..., *, engine: Literal["arrow"], offline: bool | None = ..., **options: Unpack[HeadOptions]
) -> pyarrow.Table: ...
@overload
def head(
    id: str, n: int = ..., *, engine: Literal["duckdb"], offline: bool | None = ..., **options: Unpack[HeadOptions]
) -> DuckDBPyRelation: ...
@overload
def head(id: str, n: int = ..., *, engine: str, offline: bool | None = ..., **options: Unpack[HeadOptions]) -> Any: ...
def head(
    id: str,
    n: int = 5,
    *,
    version: str | None = None,
    symbols: str | Sequence[str] | None = None,
    ts_code: str | Sequence[str] | None = None,
    engine: str = "polars",
    offline: bool | None = None,
) -> Any:
    """The first rows (of some symbols) of the newest version or of the one named, from one file.

    Examples:
        >>> od.head("official/stooq-aapl-daily", 2).height
        2
    """
    return Client(offline=offline).head(id, n, version=version, symbols=symbols, ts_code=ts_code, engine=engine)


def changes(id: str, since: str | date, *, offline: bool | None = None) -> list[PartitionChange]:
    """The partitions that were published, corrected, rolled back or yanked since `seq:12`, `@instant` or a day.

    Examples:
        >>> [change.partition for change in od.changes("official/binance-btcusdt-kline-1m", "seq:1")]
        ['2026-11-21', '2026-11-22']
    """
    return Client(offline=offline).changes(id, since)


def cite(what: Any, *, version: str | None = None, style: str = "bibtex", offline: bool | None = None) -> str:
    """How to cite a dataset, one version of it, or a table that was loaded: style bibtex, apa or gbt7714.

    Examples:
        >>> print(od.cite("official/stooq-aapl-daily").splitlines()[0])
        @misc{official:stooq-aapl-daily:seq2,
    """
    return Client(offline=offline).cite(what, version=version, style=style)


def diff(id: str, a: str | None = None, b: str | None = None, *, offline: bool | None = None) -> Diff:
    """What lies between two states or versions of a dataset; None is the newest state. Only what differs is read.

    Examples:
        >>> od.diff("official/stooq-aapl-daily", "seq:1", "seq:2").rows_added
        1
    """
    return Client(offline=offline).diff(id, a, b)


def info(id: str, *, version: str | None = None, offline: bool | None = None) -> Info:
    """What a dataset is: metadata, schema, numbers, and whether it was made from the sandbox.

    Examples:
        >>> od.info("official/owid-covid-global-daily").license
        'CC-BY-4.0'
    """
    return Client(offline=offline).info(id, version=version)


def search(query: str = "", *, limit: int = 20, offline: bool | None = None) -> list[Match]:
    """Datasets in whose id, titles, tags or descriptions (English and Chinese) every word occurs, best first.

    Examples:
        >>> [match.id for match in od.search("covid")]
        ['official/owid-covid-global-daily']
    """
    return Client(offline=offline).search(query, limit=limit)


def versions(id: str, *, limit: int = 20, offline: bool | None = None) -> list[Commit]:
    """The commits of a dataset, newest first.

    Examples:
        >>> [commit.seq for commit in od.versions("official/stooq-aapl-daily")]
        [2, 1]
    """
    return Client(offline=offline).versions(id, limit=limit)


def verify(id: str, *, version: str | None = None, progress: bool | None = None) -> Verification:
    """Hash again, in the store itself, every object that a state (or a version) names; returns the findings.

    Examples:
        >>> od.verify("official/stooq-aapl-daily").ok
        True
    """
    return Client(progress=progress).verify(id, version=version)


def init(id: str, folder: str | os.PathLike[str] = ".", *, notebook: bool = False, force: bool = False) -> list[Path]:
    """Write the files of a new dataset into a folder; they run as they are. Returns them.

    Args:
        id: `namespace/name`
        folder: is made if need be
        notebook: a notebook instead of a script; `python main.py` runs its cells
        force: overwrite the files that are there, which else raise Conflict

    Examples:
        >>> [path.name for path in od.init("alice/gold-prices", "gold")][:3]
        ['opendata.yaml', 'README.md', 'main.py']
    """
    from opendata.create.scaffold import write_project

    return write_project(id, Path(folder), notebook=notebook, force=force)


def validate(
    folder: str | os.PathLike[str] = ".",
    *,
    version: str | None = None,
    gateway: str | None = None,
    allow_breaking: bool = False,
) -> Report:
    """Check what a folder's main.py wrote, and what publishing it would change.

    Args:
        folder: where opendata.yaml is
        version: what the version is to be called; today (UTC) by default
        gateway: compare with what this gateway shows (else OPENDATA_GATEWAY, else the store that readers read)
        allow_breaking: a change of the schema that breaks readers is meant

    Examples:
        >>> import subprocess, sys
        >>> files = od.init("alice/silver-prices", "silver")
        >>> done = subprocess.run([sys.executable, "silver/main.py"], check=True, capture_output=True)
        >>> od.validate("silver").ok
        True
    """
    from opendata.create.validate import validate_project

    return validate_project(Path(folder), os.environ, version=version, gateway=gateway, allow_breaking=allow_breaking)


def push(
    folder: str | os.PathLike[str] = ".",
    *,
    version: str | None = None,
    parent: int | None = None,
    reason: str = "",
    gateway: str | None = None,
    allow_breaking: bool = False,
    dry_run: bool = False,
) -> Pushed:
    """Validate what a folder's main.py wrote and publish it: to a folder or a bucket (OPENDATA_STORAGE), or a gateway.

    Args:
        folder: where opendata.yaml is
        version: what the version is called; today (UTC) by default
        parent: the commit that you have seen, by default that of the last `validate`, else the newest
        reason: why; kept in the commit
        gateway: publish through this gateway (else OPENDATA_GATEWAY)
        allow_breaking: a change of the schema that breaks readers is meant
        dry_run: write nothing

    Raises:
        GateFailed: a check failed, here or at the gateway
        Conflict: somebody else published meanwhile
        CommitUncertain: the store never said whether it was written; push again
        StoreError: the store or the gateway did not answer, or refused

    Examples:
        >>> import subprocess, sys
        >>> files = od.init("alice/tin-prices", "tin")
        >>> done = subprocess.run([sys.executable, "tin/main.py"], check=True, capture_output=True)
        >>> od.push("tin").outcome, od.push("tin").outcome
        ('published', 'unchanged')
    """
    from opendata.create.push import PushOptions, push_project

    options = PushOptions(version, parent, gateway, reason, allow_breaking, dry_run)
    return push_project(Path(folder), os.environ, options)
