"""The client behind the module-level functions: one store, one cache, and the options of a session."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Literal, overload

from opendata.contract.ids import Version
from opendata.errors import DatasetNotFound, Gone, InvalidValue, NotFound, Offline, StoreUnavailable
from opendata.protocol.index import read_index
from opendata.protocol.resolve import State
from opendata.read.cache import Cache, cache_root
from opendata.read.catalog import Info, Match, describe_state, search_entries
from opendata.read.engines import Engine, get_engine
from opendata.read.folder import FolderSource
from opendata.read.history import Commit, read_history
from opendata.read.plan import FindParts, LoadPlan, Part, find_head, find_parts, missing_schema
from opendata.read.progress import progress_bar
from opendata.read.provenance import attach, describe
from opendata.read.remote import RemoteSource
from opendata.read.request import LoadOptions, Slice, Target, parse_slice, parse_target
from opendata.read.source import Source, explained
from opendata.read.tables import make_table
from opendata.stores.local import LocalStore
from opendata.stores.mirrored import MirroredStore
from opendata.stores.open import mirror_urls, open_mirrors, open_store
from opendata.stores.store import Store

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow
    from typing_extensions import Unpack

    from opendata.read.check import Verification

WORKERS = 8
"""Files downloaded or verified at the same time, unless the caller says otherwise."""


class Client:
    """Reads datasets from one store. The environment is looked at when the first call is made."""

    def __init__(
        self,
        endpoint: str | os.PathLike[str] | None = None,
        *,
        cache_dir: str | os.PathLike[str] | None = None,
        offline: bool | None = None,
        max_workers: int | None = None,
        progress: bool | None = None,
        allow_rollback: bool = False,
        mirrors: Sequence[str] | None = None,
    ) -> None:
        """What is None comes from the environment.

        endpoint: base URL of a bucket, or a folder (else OPENDATA_ENDPOINT, else what OPENDATA_STORAGE says)
        cache_dir: else OPENDATA_CACHE, else XDG_CACHE_HOME/opendata, else ~/.cache/opendata
        offline: make no request, use only what the cache holds (else OPENDATA_OFFLINE)
        max_workers: files downloaded at the same time, 8 by default
        progress: show a progress bar while downloading (else on a terminal, without OPENDATA_NO_PROGRESS)
        allow_rollback: accept a state older than the newest one this cache has seen
        mirrors: base URLs of copies of the endpoint, believed as far as hashes vouch for them (else OPENDATA_MIRRORS)
        """
        if max_workers is not None and max_workers < 1:
            raise InvalidValue("max_workers", max_workers, "must be at least 1")
        self._endpoint = endpoint
        self._cache_dir = cache_dir
        self._offline = offline
        self._workers = max_workers or WORKERS
        self._progress = progress
        self._allow_rollback = allow_rollback
        self._mirror_urls = mirrors

    @overload
    def load(
        self, id: str, *, engine: Literal["polars"] = ..., dry_run: Literal[False] = ..., **options: Unpack[LoadOptions]
    ) -> polars.DataFrame: ...
    @overload
    def load(
        self, id: str, *, engine: Literal["pandas"], dry_run: Literal[False] = ..., **options: Unpack[LoadOptions]
    ) -> pandas.DataFrame: ...
    @overload
    def load(
        self, id: str, *, engine: Literal["arrow"], dry_run: Literal[False] = ..., **options: Unpack[LoadOptions]
    ) -> pyarrow.Table: ...
    @overload
    def load(
        self, id: str, *, engine: str = ..., dry_run: Literal[True], **options: Unpack[LoadOptions]
    ) -> LoadPlan: ...
    @overload
    def load(self, id: str, *, engine: str = ..., dry_run: bool = ..., **options: Unpack[LoadOptions]) -> Any: ...
    def load(
        self,
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

        Raises DatasetNotFound, VersionNotFound, InvalidValue, IntegrityError, Gone, StoreUnavailable, Offline …
        """
        target = parse_target(id, version)
        wanted = parse_slice(
            columns=columns,
            filters=filters,
            start_date=start_date,
            end_date=end_date,
            start=start,
            end=end,
            n_rows=n_rows,
        )
        source = self._source(again=force_download)
        if dry_run:
            return self._plan(source, target, wanted)
        chosen = get_engine(engine)
        return self._read(source, target, partial(find_parts, target, wanted), chosen, wanted)

    def scan(
        self,
        id: str,
        *,
        version: str | None = None,
        start_date: str | date | None = None,
        end_date: str | date | None = None,
        start: str | date | None = None,
        end: str | date | None = None,
    ) -> polars.LazyFrame:
        """A polars LazyFrame over verified local files; the arguments are those of `load`.

        Files outside the dates are not fetched; what the query selects and filters decides how much of the others is
        decoded.
        """
        target = parse_target(id, version)
        wanted = parse_slice(start_date=start_date, end_date=end_date, start=start, end=end)
        get_engine("polars")
        from opendata.read.engines import lazy

        frame: polars.LazyFrame = self._read(self._source(), target, partial(find_parts, target, wanted), lazy, wanted)
        return frame

    @overload
    def head(
        self, id: str, n: int = ..., *, version: str | None = ..., engine: Literal["polars"] = ...
    ) -> polars.DataFrame: ...
    @overload
    def head(
        self, id: str, n: int = ..., *, version: str | None = ..., engine: Literal["pandas"]
    ) -> pandas.DataFrame: ...
    @overload
    def head(self, id: str, n: int = ..., *, version: str | None = ..., engine: Literal["arrow"]) -> pyarrow.Table: ...
    @overload
    def head(self, id: str, n: int = ..., *, version: str | None = ..., engine: str) -> Any: ...
    def head(self, id: str, n: int = 5, *, version: str | None = None, engine: str = "polars") -> Any:
        """The first rows of the newest version (or of the one named), from one file."""
        target = parse_target(id, version)
        wanted = parse_slice(n_rows=n)
        chosen = get_engine(engine)
        return self._read(self._source(), target, partial(find_head, target), chosen, wanted)

    def info(self, id: str, *, version: str | None = None) -> Info:
        """What a dataset (or one version) is: metadata, schema, numbers, and whether it was made from the sandbox."""
        target = parse_target(id, version)
        source = self._source()
        state = self._find(source, target)
        return source.run(lambda: describe_state(state.record, target.selector))

    def search(self, query: str = "", *, limit: int = 20) -> list[Match]:
        """Datasets in whose id, titles, tags or descriptions (English and Chinese) every word occurs, best first."""
        source = self._source()
        entries = source.run(read_index)
        if entries is None:
            raise NotFound(
                f"there is no index.json in {source.store.describe()}",
                hint="check OPENDATA_ENDPOINT; a publisher makes the index with the first run",
            )
        return search_entries(entries.values(), query, limit)

    def versions(self, id: str, *, limit: int = 20) -> list[Commit]:
        """The commits of a dataset, newest first, each checked to be the parent of the one after it."""
        target = parse_target(id)
        if limit < 1:
            raise InvalidValue("limit", limit, "must be at least 1")
        source = self._source()
        state = self._find(source, target)
        return source.run(lambda: read_history(state.record, limit))

    def verify(self, id: str, *, version: str | None = None) -> Verification:
        """Hash again, in the store itself, every object that a state (or a version) names; returns the findings."""
        from opendata.read.check import verify_state

        if self._is_offline:
            raise Offline("verifying a dataset needs the store", hint="`od cache verify` checks what is here")
        target = parse_target(id, version)
        state = self._find(self._source(), target)
        with progress_bar(state.record.totals.bytes, self._progress) as report:
            return verify_state(self._store, state.record, target.selector, self._workers, report)

    @cached_property
    def _store(self) -> Store:
        env = {**os.environ, "OPENDATA_ENDPOINT": os.fspath(self._endpoint)} if self._endpoint else os.environ
        store = open_store(env)
        if isinstance(store, LocalStore) and not store.folder.is_dir():
            raise StoreUnavailable(
                f"there is no store in {store.folder}",
                hint="publish something first, or set OPENDATA_ENDPOINT to the URL of a bucket or to another folder",
            )
        return store

    @cached_property
    def _mirrors(self) -> tuple[Store, ...]:
        return open_mirrors(mirror_urls() if self._mirror_urls is None else self._mirror_urls)

    @cached_property
    def _cache(self) -> Cache:
        return Cache(self._cache_dir or cache_root(os.environ))

    @property
    def _is_offline(self) -> bool:
        if self._offline is not None:
            return self._offline
        return os.environ.get("OPENDATA_OFFLINE", "").lower() in ("1", "true", "yes", "on")

    def _source(self, *, again: bool = False) -> Source:
        if isinstance(self._store, LocalStore):
            return FolderSource(self._store, self._cache.verified, self._workers)
        return RemoteSource(
            MirroredStore(self._store, self._mirrors) if self._mirrors else self._store,
            self._cache,
            offline=self._is_offline,
            workers=self._workers,
            progress=self._progress,
            allow_rollback=self._allow_rollback,
            again=again,
        )

    def _find(self, source: Source, target: Target) -> State:
        try:
            return source.find(target.dataset, target.selector)
        except DatasetNotFound as error:
            raise explained(error, source, target.dataset) from error

    def _parts(self, source: Source, target: Target, find: FindParts) -> tuple[State, tuple[Part, ...]]:
        state = self._find(source, target)
        parts = source.run(lambda: find(state.record))
        source.settle(target.dataset, target.selector, state)
        return state, parts

    def _read(self, source: Source, target: Target, find: FindParts, engine: Engine, wanted: Slice) -> Any:
        """Find the files, get them, make a table of them. If one is gone, cached documents may be to blame: once more
        without them."""
        state, parts = self._parts(source, target, find)
        try:
            paths = source.files(parts)
        except Gone:
            if not source.forget():
                raise
            state, parts = self._parts(source, target, find)
            paths = source.files(parts)
        newest = source.run(lambda: missing_schema(target, parts, state.record))
        table = engine.load(make_table(parts, paths, wanted, engine.read_footer, newest))
        return attach(table, describe(state.record, _version(target, state), self._store.describe(), parts))

    def _plan(self, source: Source, target: Target, wanted: Slice) -> LoadPlan:
        state, parts = self._parts(source, target, partial(find_parts, target, wanted))
        return LoadPlan(
            dataset=target.dataset,
            version=_version(target, state),
            seq=state.record.seq,
            files=len(parts),
            rows=sum(part.rows for part in parts),
            bytes=sum(part.bytes for part in parts),
            transfer=source.missing(parts),
        )


def _version(target: Target, state: State) -> str | None:
    """The version asked for, else the newest one in the state."""
    if isinstance(target.selector, Version):
        return str(target.selector)
    return state.record.newest.version if state.record.newest else None
