"""The module-level functions: each makes a `Client` from the environment of the moment and calls it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, overload

from opendata.client import Client
from opendata.read.catalog import Info, Match
from opendata.read.history import Commit
from opendata.read.plan import LoadPlan
from opendata.read.request import LoadOptions

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow
    from typing_extensions import Unpack

    from opendata.read.check import Verification

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
    engine: str = "polars",
    force_download: bool = False,
    dry_run: bool = False,
    cache_dir: str | os.PathLike[str] | None = None,
    max_workers: int | None = None,
    progress: bool | None = None,
    offline: bool | None = None,
    allow_rollback: bool = False,
) -> Any:
    """Load a dataset as a table; every file is checked against its recorded sha256 before it is opened.

    id: `namespace/name` or `namespace/name@version`
    version: `2026-11-20` or `2026-11-20.r2` or `1.2.0` (exactly what was published under that name),
        `@2026-11-01T00:00:00Z` (what was shown at that instant), `seq:12` (after commit 12); else the newest state
    columns: names, in the order wanted
    filters: `[("close", ">", 100), …]` of which all must hold, or a list of such lists of which any must
    start_date, end_date (start, end): days in UTC, both included, ISO or YYYYMMDD; cut by the time column
    n_rows: only the first rows
    engine: polars, pandas or arrow; instants are UTC in all of them
    force_download: download also what the cache holds
    dry_run: return a LoadPlan and read no data
    cache_dir, max_workers, progress, offline, allow_rollback: see `Client`

    Raises DatasetNotFound, VersionNotFound, InvalidValue, IntegrityError, Gone, StoreUnavailable, Offline …
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
        engine=engine,
        force_download=force_download,
        dry_run=dry_run,
    )


def scan(
    id: str,
    *,
    version: str | None = None,
    start_date: str | date | None = None,
    end_date: str | date | None = None,
    start: str | date | None = None,
    end: str | date | None = None,
    cache_dir: str | os.PathLike[str] | None = None,
    max_workers: int | None = None,
    progress: bool | None = None,
    offline: bool | None = None,
    allow_rollback: bool = False,
) -> polars.LazyFrame:
    """A polars LazyFrame over verified local files; the arguments are those of `load`.

    Files outside the dates are not fetched; what the query selects and filters decides how much of the others is
    decoded.
    """
    client = Client(
        cache_dir=cache_dir,
        max_workers=max_workers,
        progress=progress,
        offline=offline,
        allow_rollback=allow_rollback,
    )
    return client.scan(id, version=version, start_date=start_date, end_date=end_date, start=start, end=end)


@overload
def head(
    id: str, n: int = ..., *, version: str | None = ..., engine: Literal["polars"] = ..., offline: bool | None = ...
) -> polars.DataFrame: ...
@overload
def head(
    id: str, n: int = ..., *, version: str | None = ..., engine: Literal["pandas"], offline: bool | None = ...
) -> pandas.DataFrame: ...
@overload
def head(
    id: str, n: int = ..., *, version: str | None = ..., engine: Literal["arrow"], offline: bool | None = ...
) -> pyarrow.Table: ...
@overload
def head(id: str, n: int = ..., *, version: str | None = ..., engine: str, offline: bool | None = ...) -> Any: ...
def head(
    id: str, n: int = 5, *, version: str | None = None, engine: str = "polars", offline: bool | None = None
) -> Any:
    """The first rows of the newest version (or of the one named), from one file."""
    return Client(offline=offline).head(id, n, version=version, engine=engine)


def info(id: str, *, version: str | None = None, offline: bool | None = None) -> Info:
    """What a dataset is: metadata, schema, numbers, and whether it was made from the sandbox."""
    return Client(offline=offline).info(id, version=version)


def search(query: str = "", *, limit: int = 20, offline: bool | None = None) -> list[Match]:
    """Datasets in whose id, titles, tags or descriptions (English and Chinese) every word occurs, best first."""
    return Client(offline=offline).search(query, limit=limit)


def versions(id: str, *, limit: int = 20, offline: bool | None = None) -> list[Commit]:
    """The commits of a dataset, newest first."""
    return Client(offline=offline).versions(id, limit=limit)


def verify(id: str, *, version: str | None = None, progress: bool | None = None) -> Verification:
    """Hash again, in the store itself, every object that a state (or a version) names; returns the findings."""
    return Client(progress=progress).verify(id, version=version)
