"""The answers for one partition exactly as they were received, in the form in which they are kept.

A kept capture is gzipped NDJSON: a line about the whole, then a line per page with its parameters and its body. A
dataset can be read from it again without asking the service. The token is in none of it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar, TypeAlias

from opendata.contract.canonical import format_instant, parse_instant, to_json

from opendata_platform.sources.outcome import Provenance
from opendata_platform.tushare.answer import Answer, read_answer

GZIP_LEVEL = 3
"""Within a tenth of the best size for a fifth of the time."""
PageParams: TypeAlias = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Page:
    """One answered call."""

    params: PageParams
    """As sent, without the token."""
    body: bytes = field(repr=False)
    """Verbatim; of an excerpt, the same document with fewer rows."""
    fields: tuple[str, ...]
    items: Sequence[list[Any]] = field(repr=False)
    has_more: bool | None
    request_id: str
    sandbox: Provenance | None = None

    @classmethod
    def of(cls, params: PageParams, body: bytes, answer: Answer, sandbox: Provenance | None) -> Page:
        """The page of a successful answer."""
        return cls(params, body, answer.fields, answer.items, answer.has_more, answer.request_id, sandbox)

    def excerpt(self, items: Sequence[list[Any]]) -> Page:
        """The page with only some of its rows, for an answer that serves several partitions."""
        if len(items) == len(self.items):
            return self
        data = {"fields": self.fields, "items": items, "has_more": self.has_more}
        whole = {"sha256": hashlib.sha256(self.body).hexdigest(), "rows": len(self.items)}
        body = to_json({"request_id": self.request_id, "code": 0, "msg": "", "data": data, "excerpt_of": whole})
        return Page(self.params, body, self.fields, items, self.has_more, self.request_id, self.sandbox)


@dataclass(frozen=True)
class Capture:
    """All answers for one partition."""

    url: str
    pages: tuple[Page, ...]
    page_rows: int
    """Rows asked for per page."""
    fetched_at: datetime
    """UTC, zone-aware."""
    sandbox: Provenance | None
    """None for answers of the live service."""

    source: ClassVar[str] = "tushare"
    media_type: ClassVar[str] = "application/gzip"

    @cached_property
    def body(self) -> bytes:
        """What is kept; equal captures have equal bytes."""
        about = {
            "url": self.url,
            "page_rows": self.page_rows,
            "fetched_at": format_instant(self.fetched_at),
            "sandbox": self.sandbox,
        }
        lines = [about, *({"params": dict(page.params), "body": page.body.decode()} for page in self.pages)]
        return gzip.compress(b"\n".join(to_json(line) for line in lines), compresslevel=GZIP_LEVEL, mtime=0)

    @classmethod
    def from_body(cls, body: bytes) -> Capture:
        """The capture that was kept."""
        about, *lines = map(json.loads, gzip.decompress(body).split(b"\n"))
        pages = tuple(
            Page.of(line["params"], kept := line["body"].encode(), read_answer(kept), about["sandbox"])
            for line in lines
        )
        return cls(about["url"], pages, about["page_rows"], parse_instant(about["fetched_at"]), about["sandbox"])

    @cached_property
    def sha256(self) -> str:
        """Hex digest of the body."""
        return hashlib.sha256(self.body).hexdigest()

    @property
    def rows(self) -> int:
        """Rows in all pages."""
        return sum(len(page.items) for page in self.pages)

    def origin(self) -> dict[str, object]:
        """Where the data came from, as kept with the evidence."""
        return {
            "source": self.source,
            "url": self.url,
            "sha256": self.sha256,
            "bytes": len(self.body),
            "media_type": self.media_type,
            "fetched_at": format_instant(self.fetched_at),
            "sandbox": self.sandbox,
            "page_rows": self.page_rows,
            "pages": [
                {
                    "params": dict(page.params),
                    "rows": len(page.items),
                    "has_more": page.has_more,
                    "request_id": page.request_id,
                }
                for page in self.pages
            ],
        }
