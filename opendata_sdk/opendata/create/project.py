"""What opendata.yaml says: the metadata to publish, the columns of the table, and where main.py writes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from opendata.contract.declared import declared_table
from opendata.contract.ids import Versioning, base_kind, check_base
from opendata.contract.metadata import Metadata
from opendata.contract.schema import TableSchema
from opendata.errors import InvalidValue, NotFound

FILE = "opendata.yaml"
OUTPUT = "out/data.parquet"


@dataclass(frozen=True, slots=True)
class Project:
    """A creator's folder. `table` is None where opendata.yaml declares no columns: then the output's types count."""

    folder: Path
    metadata: Metadata
    table: TableSchema | None
    output: Path

    def version(self, given: str | None) -> str:
        """The version to publish: the one given, else today (UTC); a semantic version is always given."""
        versioning = self.metadata.versioning
        if given is None and versioning is Versioning.SEMVER:
            raise InvalidValue("version", given, "must be given for versioning semver", hint="add --version 1.0.0")
        base = check_base(given or datetime.now(timezone.utc).date().isoformat(), "version")
        if (base_kind(base) == "semver") != (versioning is Versioning.SEMVER):
            raise InvalidValue("version", base, f"must suit versioning {versioning.value}")
        return base


def read_project(folder: Path) -> Project:
    """Read opendata.yaml. Raises NotFound without one, and InvalidValue that names the field and its line."""
    try:
        text = (folder / FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFound(
            f"there is no {FILE} in {folder.resolve()}", hint="`od init NAMESPACE/NAME` writes one"
        ) from None
    except UnicodeDecodeError:
        raise InvalidValue(FILE, "the file", "must be UTF-8") from None
    written = Metadata.from_yaml(text)
    output = written.document.get("output", OUTPUT)
    path = Path(output) if isinstance(output, str) else Path("..")
    if path.is_absolute() or ".." in path.parts:
        raise InvalidValue("output", output, "must be the path of a file in this folder")
    metadata = Metadata({name: value for name, value in written.document.items() if name != "output"})
    return Project(folder, metadata, declared_table(metadata, _lines(text)), folder / path)


def _lines(text: str) -> dict[str, int]:
    """The line of each field, and of each declared column."""
    import yaml

    root = yaml.compose(text, Loader=yaml.SafeLoader)
    lines: dict[str, int] = {}
    for name, value in root.value if isinstance(root, yaml.MappingNode) else ():
        lines[name.value] = name.start_mark.line + 1
        if name.value == "columns" and isinstance(value, yaml.SequenceNode):
            lines |= {f"columns.{number}": item.start_mark.line + 1 for number, item in enumerate(value.value)}
    return lines
