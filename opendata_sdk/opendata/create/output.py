"""The table that main.py wrote: Parquet with exactly the declared columns. Types are never guessed from text."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from opendata.contract.schema import Column, TableSchema
from opendata.create.project import Project
from opendata.errors import InvalidValue, MissingExtra

if TYPE_CHECKING:
    import polars

MAGIC = b"PAR1"
TEXT_SUFFIXES = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson")
MAX_BYTES = 5 * 1024**3
"""What one upload may hold: objects go up in a single conditional write."""


@dataclass(frozen=True, slots=True)
class Written:
    """The rows of an output with its columns in the declared order, which may not be of the declared types yet."""

    frame: polars.DataFrame
    bytes: int


def require_writers() -> None:
    """Raise MissingExtra unless what reads and encodes a table is installed."""
    for package in ("polars", "pyarrow"):
        try:
            import_module(package)
        except ImportError as error:
            raise MissingExtra(
                f"checking and publishing a table needs {package}, which is not installed",
                hint="install the extras `polars` and `arrow` of opendata (`pip install polars pyarrow`)",
            ) from error


def read_output(project: Project) -> Written:
    """Read what main.py wrote. Raises InvalidValue where there is nothing, or no Parquet, or too much."""
    import polars as pl

    path = project.output
    text = next((other for suffix in TEXT_SUFFIXES if (other := path.with_suffix(suffix)).is_file()), None)
    if not path.is_file():
        if text is not None:
            raise _not_typed(text, project)
        raise InvalidValue("output", _shown(path, project), "must be written by `python main.py` first")
    with path.open("rb") as file:
        magic = file.read(len(MAGIC))
    if path.suffix in TEXT_SUFFIXES or magic != MAGIC:
        raise _not_typed(path, project)
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise InvalidValue("output", f"{size} bytes", f"must be at most {MAX_BYTES} bytes: publish it in partitions")
    try:
        frame = pl.read_parquet(path, glob=False, hive_partitioning=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InvalidValue(
            "output", _shown(path, project), f"must be a Parquet file that can be read ({error})"
        ) from error
    return Written(_in_order(frame, project.table), size)


def table_of(project: Project, frame: polars.DataFrame) -> TableSchema:
    """The declared table; without declared columns, that of the types which the file itself carries."""
    from opendata.write.types import declared_type

    if project.table:
        return project.table
    document = project.metadata.document
    key = tuple(document.get("primary_key", ()))
    columns = [Column(name, declared_type(dtype), name not in key) for name, dtype in frame.schema.items()]
    return TableSchema(tuple(columns), key, document.get("partition_column"))


def mismatches(frame: polars.DataFrame, table: TableSchema) -> tuple[str, ...]:
    """How a frame is not what is declared, each with the way out."""
    from opendata.write.types import POLARS_TYPES

    declared = [column.name for column in table.columns]
    found = [f"{name}: declared, but not in the output" for name in declared if name not in frame.columns]
    found += [
        f"{name}: in the output, but not declared; add it to `columns` or drop it"
        for name in frame.columns
        if name not in declared
    ]
    for column in table.columns:
        if column.name in frame.columns and frame.schema[column.name] != POLARS_TYPES[column.type]:
            found.append(f"{column.name}: {_way_out(column, frame.schema[column.name])}")
    return tuple(found)


def _way_out(column: Column, actual: polars.DataType) -> str:
    """What to write in main.py so that a column gets its declared type."""
    import polars as pl

    name = f'pl.col("{column.name}")'
    said = f"is {actual}, declared {column.type}"
    if actual == pl.String:
        return f"{said}: text has no type; give the reader a schema, or parse it yourself in main.py"
    if column.type.startswith("timestamp") and isinstance(actual, pl.Datetime):
        unit = column.type[len("timestamp[") :][:2]
        zone = "" if actual.time_zone == "UTC" else '.dt.replace_time_zone("UTC")'
        if actual.time_zone not in (None, "UTC"):
            zone = '.dt.convert_time_zone("UTC")'
        return f'{said}: write {name}{zone}.dt.cast_time_unit("{unit}")'
    return f"{said}: write {name}.cast(pl.{_polars_name(column)})"


def _polars_name(column: Column) -> str:
    """The polars type of a declared type as it is written in code."""
    from opendata.write.types import POLARS_TYPES

    dtype = POLARS_TYPES[column.type]
    return repr(dtype) if column.type.startswith("timestamp") else str(dtype)


def _in_order(frame: polars.DataFrame, table: TableSchema | None) -> polars.DataFrame:
    """The order of columns means nothing in a file; it is the declared one that is published."""
    declared = [column.name for column in table.columns] if table else frame.columns
    return frame.select(declared) if set(declared) == set(frame.columns) else frame


def _not_typed(path: Path, project: Project) -> InvalidValue:
    columns = project.table.columns if project.table else ()
    schema = ", ".join(f'"{column.name}": pl.{_polars_name(column)}' for column in columns) or "…"
    return InvalidValue(
        "output",
        _shown(path, project),
        "must be a Parquet file, which carries the types of its columns; text has none, and none are guessed. In "
        f'main.py write pl.read_csv("{path.name}", schema={{{schema}}}).write_parquet("{_target(project)}")',
    )


def _target(project: Project) -> str:
    return project.output.with_suffix(".parquet").relative_to(project.folder).as_posix()


def _shown(path: Path, project: Project) -> str:
    return path.relative_to(project.folder).as_posix()
