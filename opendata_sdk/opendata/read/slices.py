"""Parts of remote files: the column chunks of a selection, each verified, made into a small Parquet file in the cache.

Chunks are kept like files, under their hash, so that the next selection fetches only what it does not share with
earlier ones. Chunks that lie close together come in one request.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from opendata.contract.footer import Span, assemble
from opendata.errors import Gone, IntegrityError, NotFound, Offline, StoreUnavailable
from opendata.read.cache import Cache
from opendata.read.fetch import TRIES
from opendata.read.plan import Part, Selection
from opendata.stores.store import Store

GAP = 128 << 10
"""Bytes between two chunks that are fetched along with them rather than with a request of their own."""

LARGEST = 16 << 20
"""Bytes of one request, as far as chunks allow; more are fetched side by side."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Chunks of one file that one request brings."""

    key: str
    span: Span
    chunks: tuple[tuple[str, Span], ...]


def stretches(part: Part, cache: Cache, *, again: bool = False) -> list[Stretch]:
    """The requests that a selection needs, given what the cache holds; `again`: as if it held nothing."""
    if part.selection is None or (not again and _noted(part, part.selection, cache)):
        return []
    absent = {digest: span for digest, span in part.selection.chunks if again or not cache.blob_path(digest).exists()}
    found: list[list[tuple[str, Span]]] = []
    for digest, span in sorted(absent.items(), key=lambda item: item[1].start):
        near = found and span.start - found[-1][-1][1].end <= GAP
        if near and span.end - found[-1][0][1].start <= LARGEST:
            found[-1].append((digest, span))
        else:
            found.append([(digest, span)])
    return [Stretch(part.key, Span(run[0][1].start, run[-1][1].end), tuple(run)) for run in found]


def fetch_slices(
    store: Store,
    cache: Cache,
    parts: Sequence[Part],
    *,
    workers: int,
    report: Callable[[int], object],
    again: bool = False,
) -> list[Path]:
    """Bring the selections of these parts into the cache; the paths of files that hold just them, in order.

    Raises Gone, IntegrityError, StoreUnavailable or CacheError.
    """
    wanted = [stretch for part in parts for stretch in stretches(part, cache, again=again)]
    if wanted:
        with ThreadPoolExecutor(min(workers, len(wanted))) as pool:
            for _ in pool.map(lambda stretch: _fetch(store, cache, stretch, report), wanted):
                pass
    return [_file(store, cache, part) for part in parts]


def cached_slice(cache: Cache, part: Part) -> Path:
    """The file of a selection, made of what the cache holds. Raises Offline if that is not enough."""
    return _file(None, cache, part)


def _fetch(store: Store, cache: Cache, stretch: Stretch, report: Callable[[int], object]) -> None:
    """Fetch the chunks of one request and keep those that are right; wrong ones are asked for again."""
    for _ in range(TRIES - 1):
        try:
            return _receive(store, cache, stretch, report)
        except IntegrityError:
            wrong = tuple((digest, span) for digest, span in stretch.chunks if not cache.blob_path(digest).exists())
            stretch = Stretch(stretch.key, stretch.span, wrong)
    return _receive(store, cache, stretch, report)


def _receive(store: Store, cache: Cache, stretch: Stretch, report: Callable[[int], object]) -> None:
    """Ask for the bytes of a stretch, going on where the connection breaks, and keep the chunks that are right.

    Raises IntegrityError if any is wrong.
    """
    body = bytearray()
    while len(body) < stretch.span.size:
        before = len(body)
        try:
            with store.stream(stretch.key, stretch.span.start + before, stretch.span.end) as stream:
                for chunk in stream.chunks:
                    body += chunk
                    report(len(chunk))
                if before == 0 and len(body) == stretch.span.size:
                    return _keep_right(cache, stretch, body)  # here, where the store still knows who sent all this
        except NotFound as error:
            raise Gone(
                f"{stretch.key} is recorded but missing from {store.describe()}",
                hint="the publisher may restore it; other versions can still be read (`od versions`)",
            ) from error
        except StoreUnavailable:
            if len(body) == before:
                raise
        if len(body) == before:
            break  # the object ends here
    return _keep_right(cache, stretch, body)


def _keep_right(cache: Cache, stretch: Stretch, body: bytearray) -> None:
    """Keep the chunks that have their hashes. Raises IntegrityError if any does not."""
    wrong = False
    for digest, span in stretch.chunks:
        content = bytes(body[span.start - stretch.span.start : span.end - stretch.span.start])
        if hashlib.sha256(content).hexdigest() == digest:
            _keep(cache, content, digest)
        else:
            wrong = True
    if wrong:
        raise IntegrityError(
            f"bytes {stretch.span.start} to {stretch.span.end} of {stretch.key} do not have the recorded hashes; "
            "nothing wrong was kept",
            hint="try again; if it stays, the store or something between holds other bytes than were published",
        )


def _file(store: Store | None, cache: Cache, part: Part) -> Path:
    """The file of a selection, from what was made before or of its chunks."""
    selection = part.selection
    assert selection is not None, "only selections become slices"
    if (known := _noted(part, selection, cache)) and (path := cache.find(*known)):
        return path
    footer, _ = selection.layout.footer.slice(selection.groups, selection.columns)
    data = assemble(footer, _chunks(store, cache, part, selection))
    digest = hashlib.sha256(data).hexdigest()
    path = cache.find(digest, len(data)) or _keep(cache, data, digest)
    cache.note(_name(part, selection), f"{digest} {len(data)}")
    return path


def _chunks(store: Store | None, cache: Cache, part: Part, selection: Selection) -> Iterable[bytes]:
    for digest, span in selection.chunks:
        path = cache.find(digest, span.size)
        if path is None:  # it was damaged, or pruned meanwhile
            if store is None:
                raise Offline(
                    f"offline, and the cache does not hold all that is wanted of {part.key}",
                    hint="load it once while online, or unset OPENDATA_OFFLINE",
                )
            _fetch(store, cache, Stretch(part.key, span, ((digest, span),)), lambda count: None)
            path = cache.blob_path(digest)
        yield path.read_bytes()


def _noted(part: Part, selection: Selection, cache: Cache) -> tuple[str, int] | None:
    """Hash and size of the file that was made of this selection before, if it seems to be there still."""
    digest, _, size = (cache.noted(_name(part, selection)) or "").partition(" ")
    return (digest, int(size)) if size.isdigit() and cache.blob_path(digest).exists() else None


def _name(part: Part, selection: Selection) -> str:
    """A name for a selection of a file."""
    text = f"{part.sha256} {selection.groups} {selection.columns}"
    return hashlib.sha256(text.encode()).hexdigest()


def _keep(cache: Cache, content: bytes, digest: str) -> Path:
    """Put bytes with this hash into the cache; not synced, since every use begins with hashing them."""
    with cache.writing(cache.partial) as folder:
        temporary = folder / f"{digest}-{uuid4().hex[:12]}"
        with temporary.open("xb") as file:
            file.write(content)
        return cache.adopt(temporary, digest)
