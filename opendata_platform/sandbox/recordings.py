"""Finds recorded answers of the real sources: those shipped here and those of a bigger folder if there is one.

`SOURCES.md` beside the shipped files says where each is from and under which licence.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Mapping
from pathlib import Path

SHIPPED = Path(__file__).parent / "recordings"
FOLDER_VARIABLE = "OPENDATA_SANDBOX_RECORDINGS"


class Recordings:
    """Recorded files by name (`stooq/aapl_us_d.csv`), the extra folder first, plain or `.gz`."""

    def __init__(self, extra: Path | None = None) -> None:
        self._folders = [folder for folder in (extra, SHIPPED) if folder is not None]

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Recordings:
        """With the folder that OPENDATA_SANDBOX_RECORDINGS names, if it is set."""
        named = (os.environ if environ is None else environ).get(FOLDER_VARIABLE)
        return cls(Path(named) if named else None)

    def read(self, name: str) -> bytes | None:
        """Content of the recording, None when there is none."""
        for folder in self._folders:
            if (folder / name).is_file():
                return (folder / name).read_bytes()
            if (folder / f"{name}.gz").is_file():
                return gzip.decompress((folder / f"{name}.gz").read_bytes())
        return None

    def names(self, folder: str, prefix: str) -> list[str]:
        """Names of the recordings in `folder` whose file name starts with `prefix`, sorted."""
        found = {path.name for base in self._folders for path in (base / folder).glob(f"{prefix}*")}
        return sorted(f"{folder}/{name}" for name in found)
