"""The layout document of a Parquet file: its footer and the sha256 of every column chunk.

With it a reader fetches only the chunks that a query needs, verifies each, and makes a small Parquet file of them. A
commit names the document with its hash, so what is true of the file is true of its parts.
"""

from __future__ import annotations

import binascii
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from opendata.contract.canonical import sha256, to_json
from opendata.contract.fields import FORMAT, Fields, parse_object
from opendata.contract.footer import TAIL, Footer
from opendata.errors import InvalidValue

_DIGEST = 32
_LARGEST_FOOTER = 64 << 20


@dataclass(frozen=True)
class Layout:
    """What a reader must know of one file to read parts of it."""

    sha256: str
    """Of the whole file."""
    size: int
    """Bytes of the whole file."""
    footer_bytes: bytes
    digests: bytes
    """sha256 of each column chunk, group by group, 32 bytes each."""

    @cached_property
    def footer(self) -> Footer:
        """The footer, parsed."""
        return Footer(self.footer_bytes)

    def digest(self, group: int, column: int) -> str:
        """sha256 of a column chunk."""
        at = (group * len(self.footer.columns) + column) * _DIGEST
        return self.digests[at : at + _DIGEST].hex()

    @classmethod
    def of_file(cls, data: bytes, prune_by: Iterable[str]) -> Layout:
        """The layout of a whole file, with the statistics of the columns that readers prune by."""
        footer = Footer.of_file(data)
        digests = b"".join(bytes.fromhex(sha256(data[span.start : span.end])) for span in footer.spans)
        return cls(sha256(data), len(data), footer.lean(prune_by), digests)

    def to_bytes(self) -> bytes:
        """The document."""
        return to_json(
            {
                "format": FORMAT,
                "sha256": self.sha256,
                "bytes": self.size,
                "footer": b64encode(zlib.compress(self.footer_bytes, 9)).decode(),
                "chunks": b64encode(self.digests).decode(),
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Layout:
        """Read the document. Raises InvalidValue or UpgradeRequired."""
        fields = Fields(parse_object(data, "layout"), "layout")
        try:
            inflater = zlib.decompressobj()
            footer = inflater.decompress(b64decode(fields.text("footer"), validate=True), _LARGEST_FOOTER)
            digests = b64decode(fields.text("chunks"), validate=True)
        except (binascii.Error, zlib.error) as error:
            raise InvalidValue("layout", f"{len(data)} bytes", f"must hold a footer and hashes ({error})") from None
        layout = cls(fields.sha256("sha256"), fields.integer("bytes"), footer, digests)
        spans = layout.footer.spans
        if len(digests) != _DIGEST * len(spans):
            raise InvalidValue(
                "layout.chunks", len(digests), f"must be {_DIGEST} bytes for each of {len(spans)} chunks"
            )
        if any(not 4 <= span.start <= span.end <= layout.size - TAIL for span in spans):
            raise InvalidValue("layout.footer", "a chunk", "must lie within the file")
        return layout
