"""`od cache`: what the cache holds, whether it is intact, and making room."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import click

from opendata.cli.output import Output, size, with_output
from opendata.errors import IntegrityError

if TYPE_CHECKING:
    from opendata.read.cache import Blob, Cache

DAY = 86_400


@click.group(
    epilog="""\b
Examples:
  od cache ls
  od cache verify
  od cache prune --older-than 30 --dry-run
"""
)
def cache() -> None:
    """Look after downloaded files. The folder is OPENDATA_CACHE, by default ~/.cache/opendata."""


@cache.command("ls")
@with_output
def list_files(out: Output) -> None:
    """List the files, the most recently used first."""
    blobs = sorted(_cache().blobs(), key=lambda blob: -blob.used)
    _show(out, blobs, empty="the cache is empty")


@cache.command("verify")
@with_output
def verify(out: Output) -> int | None:
    """Hash every file; damaged ones are taken out of use. Exit code 4 if there are any."""
    damaged = _cache().check()
    _show(out, damaged, empty="every file is what its name says")
    return IntegrityError.exit_code if damaged else None


@cache.command("prune")
@click.option("--older-than", "days", type=click.FloatRange(0), default=30, show_default=True, help="Days not used.")
@click.option("--dry-run", is_flag=True, help="Only list what would be removed.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@with_output
def prune(out: Output, days: float, dry_run: bool, yes: bool) -> None:
    """Remove files that were not used for some days; they are downloaded again when needed."""
    cache = _cache()
    old = [blob for blob in cache.blobs() if time.time() - blob.used >= days * DAY]
    _show(out, old, empty="nothing found")
    if dry_run or not old:
        return
    total = size(sum(blob.bytes for blob in old))
    if not yes:
        click.confirm(f"remove {len(old)} files ({total})?", abort=True, err=True)
    for blob in old:
        cache.remove(blob)
    out.note(f"{len(old)} files removed ({total})")


def _cache() -> Cache:
    import os

    from opendata.read.cache import Cache, cache_root

    return Cache(cache_root(os.environ))


def _show(out: Output, blobs: list[Blob], *, empty: str) -> None:
    rows = [{"sha256": blob.sha256, "size": size(blob.bytes), "last used": _instant(blob.used)} for blob in blobs]
    document = [{"sha256": b.sha256, "path": str(b.path), "bytes": b.bytes, "used": _instant(b.used)} for b in blobs]
    out.table(rows, document, empty=empty)


def _instant(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
