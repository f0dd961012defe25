"""Verified files to a table of one engine; each engine is a module of its own and is imported when it is used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

from opendata.errors import InvalidValue, MissingExtra
from opendata.read.refine import Refinement
from opendata.read.tables import Table

ENGINES = {
    "polars": ("polars",),
    "pandas": ("pandas", "pyarrow"),
    "arrow": ("pyarrow",),
    "duckdb": ("duckdb",),
}
"""What each engine needs to be installed."""


class Engine(Protocol):
    """What the module of an engine has."""

    def read_footer(self, path: Path) -> str | None:
        """The declared schema in the footer of a Parquet file."""

    def load(self, table: Table) -> Any:
        """The table, in memory."""

    def rows(self, table: Table) -> Any:
        """The table in the form that `refine` and `unique` take."""

    def refine(self, rows: Any, refinement: Refinement) -> Any:
        """Rows with a refinement done to them, in the same order."""

    def unique(self, rows: Any, columns: Sequence[str]) -> Iterable[tuple[Any, ...]]:
        """The different values of these columns together."""

    def finish(self, rows: Any) -> Any:
        """Refined rows in the form that `load` returns."""


def get_engine(name: str) -> Engine:
    """The engine of this name. Raises InvalidValue, or MissingExtra if what it needs is not installed."""
    if name not in ENGINES:
        raise InvalidValue("engine", name, f"must be one of {', '.join(ENGINES)}")
    for package in ENGINES[name]:
        try:
            import_module(package)
        except ImportError as error:
            raise MissingExtra(
                f'engine="{name}" needs {package}, which is not installed',
                hint=f"install it (`pip install {package}`), or choose another engine",
            ) from error
    return cast("Engine", import_module(f"{__name__}.{name}"))
