"""One load of one state: find the files of a slice, get them, make a table of them that knows where it came from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, Any

from opendata.contract.ids import Version
from opendata.protocol.resolve import State
from opendata.read.conditions import window_of
from opendata.read.engines import Engine
from opendata.read.meaning import Meaning
from opendata.read.plan import FindSlice, LoadPlan, Part, Wanted, find_parts, missing_schema
from opendata.read.provenance import attach, describe
from opendata.read.refine import divide
from opendata.read.request import Slice, Target, Window
from opendata.read.source import Source
from opendata.read.staleness import check_fresh
from opendata.read.tables import Table, make_table
from opendata.read.view import View
from opendata.read.viewed import base_of, load_view

if TYPE_CHECKING:
    import polars


def load_state(
    source: Source, target: Target, state: State, find: FindSlice, engine: Engine, wanted: Slice, view: View
) -> Any:
    """The rows of a view on a state, in an engine, with their provenance. Raises Gone if a file is not there."""
    used: dict[str, Part] = {}

    def table(wanted: Slice) -> Table:
        parts = source.run(lambda: find(wanted, state.record))
        source.settle(target.dataset, target.selector, state)
        paths = source.files(parts)
        newest = source.run(lambda: missing_schema(target, parts, state.record))
        used.update((part.key, part) for part in parts)
        return make_table(parts, paths, wanted, engine.read_footer, newest)

    meaning = _meaning(source, target, state, view) if view else None
    frame = load_view(table, wanted, view, meaning, engine) if meaning else engine.load(table(wanted))
    origin = describe(state.record, _version(target, state), source.store.describe(), list(used.values()))
    if isinstance(target.selector, Version):
        origin = replace(origin, asked=str(target.selector))
    if meaning:
        base = base_of(view, meaning)
        origin = replace(
            origin, as_of=view.as_of_text, adjust=view.adjust, adjust_base=base.isoformat() if base else None
        )
    return attach(frame, origin)


def scan_state(
    make_source: Callable[[], Source], target: Target, state: State, window: Window, view: View
) -> polars.LazyFrame:
    """A polars query over a view on a state; each run of it loads what it needs, from a source of its own."""
    from opendata.read.engines import lazy
    from opendata.read.engines import polars as engine

    source = make_source()
    meaning = _meaning(source, target, state, view)
    source.settle(target.dataset, target.selector, state)
    time = meaning.schema.time_column

    def read(wanted: Slice) -> polars.DataFrame:
        asked = window_of(wanted.filters, time.name) if time else Window()
        within = replace(wanted, window=window.narrowed(asked))
        frame: polars.DataFrame = load_state(
            make_source(), target, state, partial(find_parts, target), engine, within, view
        )
        return frame

    origin = describe(state.record, _version(target, state), source.store.describe(), ())
    query: polars.LazyFrame = attach(lazy.scan(meaning.schema, read), origin)
    return query


def plan_state(source: Source, target: Target, state: State, wanted: Slice, view: View) -> LoadPlan:
    """What a load would read and transfer, beside the factors of an adjustment's base day."""
    if view:
        wanted, _ = divide(wanted, view, _meaning(source, target, state, view))
    parts = source.run(lambda: find_parts(target, wanted, state.record))
    source.settle(target.dataset, target.selector, state)
    objects = tuple(_wanted(part, source) for part in parts)
    return LoadPlan(
        dataset=target.dataset,
        version=_version(target, state),
        seq=state.record.seq,
        files=len(parts),
        rows=sum(part.rows for part in parts),
        bytes=sum(part.size for part in parts),
        transfer=sum(wanted.transfer for wanted in objects),
        requests=sum(wanted.requests for wanted in objects),
        objects=objects,
    )


def _wanted(part: Part, source: Source) -> Wanted:
    needed = source.requests([part])
    groups, columns = part.selection.shape if part.selection else (None, None)
    return Wanted(
        part.key,
        part.rows,
        part.size,
        part.bytes,
        groups,
        columns,
        sum(request.span.size for request in needed),
        len(needed),
    )


def _meaning(source: Source, target: Target, state: State, view: View) -> Meaning:
    """What the rows mean, which are as new as the view demands."""
    meaning = Meaning(state.record, target.selector, source.run)
    if view.max_staleness:
        newest = meaning.newest or meaning.committed_at  # without a time column, data are as old as their commit
        check_fresh(meaning.metadata, newest, view.max_staleness, datetime.now(timezone.utc))
    return meaning


def _version(target: Target, state: State) -> str | None:
    """The version asked for, else the newest one in the state."""
    if isinstance(target.selector, Version):
        return str(target.selector)
    return state.record.newest.version if state.record.newest else None
