"""The client behind the module-level functions: one store, one cache, and the options of a session."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date, datetime, timezone
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Literal, overload

from opendata.contract.records import Record
from opendata.contract.selectors import AtSeq
from opendata.errors import DatasetNotFound, Gone, InvalidValue, NotFound, Offline, StoreUnavailable, VersionNotFound
from opendata.protocol.index import read_index
from opendata.protocol.operations import Steps
from opendata.protocol.resolve import State, find_pinned
from opendata.read.cache import Cache, cache_root
from opendata.read.catalog import Info, Match, describe_state, search_entries
from opendata.read.changes import PartitionChange, changes_since, parse_since
from opendata.read.engines import Engine, get_engine
from opendata.read.folder import FolderSource
from opendata.read.history import Commit, read_history
from opendata.read.html import Listing
from opendata.read.loading import load_state, plan_state, scan_state
from opendata.read.lock import LOCK_FILE, Request, check_lockable, read_lock, write_lock
from opendata.read.plan import FindSlice, LoadPlan, Part, find_head, find_parts
from opendata.read.progress import progress_bar
from opendata.read.provenance import provenance
from opendata.read.remote import RemoteSource
from opendata.read.request import HeadOptions, LoadOptions, Slice, Target, parse_slice, parse_target
from opendata.read.source import Source, explained
from opendata.read.view import View, parse_view
from opendata.stores.local import LocalStore
from opendata.stores.mirrored import MirroredStore
from opendata.stores.open import mirror_urls, open_mirrors, open_store
from opendata.stores.store import Store

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow
    from duckdb import DuckDBPyRelation
    from typing_extensions import Unpack

    from opendata.read.check import Verification
    from opendata.read.diff import Diff

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

        Args:
            endpoint: base URL of a bucket, or a folder (else OPENDATA_ENDPOINT, else what OPENDATA_STORAGE says)
            cache_dir: else OPENDATA_CACHE, else XDG_CACHE_HOME/opendata, else ~/.cache/opendata
            offline: make no request, use only what the cache holds (else OPENDATA_OFFLINE)
            max_workers: files downloaded at the same time, 8 by default
            progress: show a progress bar while downloading (else on a terminal, without OPENDATA_NO_PROGRESS)
            allow_rollback: accept a state older than the newest one this cache has seen
            mirrors: base URLs of copies of the endpoint, believed as far as hashes vouch for them (else
                OPENDATA_MIRRORS)
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
        self, id: str, *, engine: Literal["duckdb"], dry_run: Literal[False] = ..., **options: Unpack[LoadOptions]
    ) -> DuckDBPyRelation: ...
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
    ) -> Any:
        """Load a dataset as a table; every file is checked against its recorded sha256 before it is opened.

        Arguments, results and errors are those of `opendata.load`.
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
        view = parse_view(
            symbols=symbols,
            ts_code=ts_code,
            as_of=as_of,
            adjust=adjust,
            adjust_base=adjust_base,
            max_staleness=max_staleness,
        )
        request = Request(target, wanted, view)
        entry = read_lock(lock or LOCK_FILE, target.dataset) if locked else None
        if entry:
            request = entry.applied(request)
            target, wanted, view = request.target, request.wanted, request.view
        elif lock:
            check_lockable(request)
        source = self._source(again=force_download)
        if dry_run:
            return plan_state(source, target, self._find(source, target), wanted, view)
        table = self._read(source, target, partial(find_parts, target), get_engine(engine), wanted, view)
        if entry:
            entry.check(target.dataset, len(table))
        elif lock:
            write_lock(lock, request, provenance(table), len(table))
        return table

    def scan(
        self,
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
    ) -> polars.LazyFrame:
        """A polars LazyFrame of one state; the arguments are those of `load`.

        Nothing is fetched before the query runs, and then only what its columns and conditions need. Its columns are
        those of the newest schema.
        """
        target = parse_target(id, version)
        wanted = parse_slice(start_date=start_date, end_date=end_date, start=start, end=end)
        view = parse_view(
            symbols=symbols,
            ts_code=ts_code,
            as_of=as_of,
            adjust=adjust,
            adjust_base=adjust_base,
            max_staleness=max_staleness,
        )
        get_engine("polars")
        state = self._find(self._source(), target)
        return scan_state(self._source, target, state, wanted.window, view)

    def explain(self, id: str, **options: Unpack[LoadOptions]) -> LoadPlan:
        """What a load with these options would read: objects, bytes and requests. No data is fetched."""
        plan: LoadPlan = self.load(id, dry_run=True, **options)
        return plan

    @overload
    def head(
        self, id: str, n: int = ..., *, engine: Literal["polars"] = ..., **options: Unpack[HeadOptions]
    ) -> polars.DataFrame: ...
    @overload
    def head(
        self, id: str, n: int = ..., *, engine: Literal["pandas"], **options: Unpack[HeadOptions]
    ) -> pandas.DataFrame: ...
    @overload
    def head(
        self, id: str, n: int = ..., *, engine: Literal["arrow"], **options: Unpack[HeadOptions]
    ) -> pyarrow.Table: ...
    @overload
    def head(
        self, id: str, n: int = ..., *, engine: Literal["duckdb"], **options: Unpack[HeadOptions]
    ) -> DuckDBPyRelation: ...
    @overload
    def head(self, id: str, n: int = ..., *, engine: str, **options: Unpack[HeadOptions]) -> Any: ...
    def head(
        self,
        id: str,
        n: int = 5,
        *,
        version: str | None = None,
        symbols: str | Sequence[str] | None = None,
        ts_code: str | Sequence[str] | None = None,
        engine: str = "polars",
    ) -> Any:
        """The first rows (of some symbols) of the newest version or of the one named, from one file."""
        target = parse_target(id, version)
        wanted = parse_slice(n_rows=n)
        view = parse_view(symbols=symbols, ts_code=ts_code)

        def find(wanted: Slice, record: Record) -> Steps[tuple[Part, ...]]:
            return find_head(target, record)

        return self._read(self._source(), target, find, get_engine(engine), wanted, view)

    def info(self, id: str, *, version: str | None = None) -> Info:
        """What a dataset (or one version) is: metadata, schema, numbers, and whether it was made from the sandbox."""
        target = parse_target(id, version)
        source = self._source()
        state = self._find(source, target)
        return source.run(lambda: describe_state(state.record, target.selector))

    def cite(self, what: Any, *, version: str | None = None, style: str = "bibtex") -> str:
        """How to cite a dataset, one version of it, or a table that was loaded: style bibtex, apa or gbt7714."""
        from opendata.read.cite import check_style, describe_citation

        write = check_style(style)
        if not isinstance(what, str) and version is not None:
            raise InvalidValue("version", version, "must not be given with a table, which has one")
        target = parse_target(what, version) if isinstance(what, str) else provenance(what).target
        source = self._source()
        state = self._find(source, target)
        today = datetime.now(timezone.utc).date()
        return write(source.run(lambda: describe_citation(state.record, target.selector, today)))

    def diff(self, id: str, a: str | None = None, b: str | None = None) -> Diff:
        """What lies between two states or versions of a dataset; only what differs is read.

        Args:
            id: `namespace/name`
            a: any form of `version`; None is the newest state
            b: the same. A version of a united table is compared with what the other state shows of its partition
        """
        from opendata.read.diff import Side, compare_sides

        source = self._source()
        targets = parse_target(id, a), parse_target(id, b)
        first, second = (Side(self._find(source, target).record, target.selector) for target in targets)
        return compare_sides(source, first, second)

    def changes(self, id: str, since: str | date) -> list[PartitionChange]:
        """The partitions that were published, corrected, rolled back or yanked since, each with the last such commit.

        Args:
            id: `namespace/name`
            since: `seq:12`, `@2026-11-01T00:00:00Z`, or a day: since its start in UTC
        """
        target, selector = parse_target(id), parse_since(since)
        source = self._source()
        newest = self._find(source, target).record
        try:
            then = source.find(target.dataset, selector).record
        except VersionNotFound:
            if isinstance(selector, AtSeq):
                raise
            then = None  # the instant is before the first commit
        return Listing(source.run(lambda: changes_since(then, newest)))

    def search(self, query: str = "", *, limit: int = 20) -> list[Match]:
        """Datasets in whose id, titles, tags or descriptions (English and Chinese) every word occurs, best first."""
        source = self._source()
        entries = source.run(read_index)
        if entries is None:
            raise NotFound(
                f"there is no index.json in {source.store.describe()}",
                hint="check OPENDATA_ENDPOINT; a publisher makes the index with the first run",
            )
        return Listing(search_entries(entries.values(), query, limit))

    def versions(self, id: str, *, limit: int = 20) -> list[Commit]:
        """The commits of a dataset, newest first, each checked to be the parent of the one after it."""
        target = parse_target(id)
        if limit < 1:
            raise InvalidValue("limit", limit, "must be at least 1")
        source = self._source()
        state = self._find(source, target)
        return Listing(source.run(lambda: read_history(state.record, limit)))

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
        if pin := target.pin:
            return source.run(lambda: find_pinned(target.dataset, pin.seq, pin.sha256))
        try:
            return source.find(target.dataset, target.selector)
        except DatasetNotFound as error:
            raise explained(error, source, target.dataset) from error

    def _read(self, source: Source, target: Target, find: FindSlice, engine: Engine, wanted: Slice, view: View) -> Any:
        """Find the files, get them, make a table of them. If one is gone, cached documents may be to blame: once more
        without them."""
        try:
            return load_state(source, target, self._find(source, target), find, engine, wanted, view)
        except Gone:
            if not source.forget():
                raise
            return load_state(source, target, self._find(source, target), find, engine, wanted, view)
