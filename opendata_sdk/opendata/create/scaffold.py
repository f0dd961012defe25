"""`od init`: the files of a new dataset, which run as they are.

The files are in the folder templates, as they are written but for a few names.
"""

from __future__ import annotations

from pathlib import Path
from string import Template

from opendata.contract.ids import check_dataset_id
from opendata.create.lock import locked, needed
from opendata.create.output import require_writers
from opendata.errors import Conflict

_TEMPLATES = Path(__file__).with_name("templates")
_SCRIPT = {"main.py": "main.py"}
_NOTEBOOK = {"main.py": "notebook_main.py", "main.ipynb": "main.ipynb"}
_COMMON = {"test_main.py": "test_main.py", ".gitignore": "gitignore"}
"""Files of a new folder, and the templates that they are copies of."""
_FILLED = ("opendata.yaml", "README.md")
"""Those that name the dataset."""


def write_project(dataset: str, folder: Path, *, notebook: bool = False, force: bool = False) -> list[Path]:
    """Write the files of a dataset into a folder; returns them.

    Raises Conflict, and writes nothing, if one of them exists and `force` is not set, and MissingExtra where what they
    need to run is not installed.
    """
    require_writers()
    files = {folder / name: text for name, text in _files(check_dataset_id(dataset), notebook).items()}
    taken = sorted(path.name for path in files if path.exists())
    if taken and not force:
        raise Conflict(
            f"{folder.resolve()} has {', '.join(taken)} already: nothing was written",
            hint="choose an empty folder (`od init ID FOLDER`), or overwrite them with --force",
        )
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")
    return list(files)


def _files(dataset: str, notebook: bool) -> dict[str, str]:
    title = dataset.partition("/")[2].replace("-", " ").capitalize()
    names = {"id": dataset, "title": title, "program": "main.ipynb" if notebook else "main.py"}
    copied = {name: _template(source) for name, source in ((_NOTEBOOK if notebook else _SCRIPT) | _COMMON).items()}
    filled = {name: Template(_template(name)).substitute(names) for name in _FILLED}
    return {**filled, **copied, "requirements.in": needed(), "requirements.lock": locked()}


def _template(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")
