"""What a creator's program needs, and the lock of it: the versions that are installed here, which it was tried with.

`opendata` is named by where it was installed from. By its bare name the public package index has somebody else's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, distribution

REPOSITORY = "git+https://github.com/opendata-platform/opendata"
SUBDIRECTORY = "opendata_sdk"
SDK = "opendata"
EXTRAS = ("arrow", "polars")
DIRECT = ("polars",)
"""What main.py imports."""

_REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:[^;]*;.*extra\s*==\s*['\"](?P<extra>[^'\"]+)['\"])?")


def needed() -> str:
    """The text of requirements.in."""
    head = "# What main.py needs. `opendata` by its bare name is another project: keep the reference.\n"
    return head + "\n".join([_reference(), *DIRECT]) + "\n"


def locked() -> str:
    """The text of requirements.lock: exact versions of everything that is needed, and of what that needs."""
    head = (
        "# The versions that `od init` found installed. With hashes, which a schedule wants:\n"
        "#   uv pip compile --universal --generate-hashes requirements.in -o requirements.lock\n"
    )
    names = sorted(_closure([*DIRECT, *_requirements(SDK, EXTRAS)]))
    return head + "\n".join([_reference(), *(f"{name}=={distribution(name).version}" for name in names)]) + "\n"


def _reference() -> str:
    """A direct reference to the SDK as it is installed: its wheel or its commit, else the repository."""
    where = f"{REPOSITORY}#subdirectory={SUBDIRECTORY}"
    origin = json.loads(distribution(SDK).read_text("direct_url.json") or "{}")
    url, commit = str(origin.get("url", "")), origin.get("vcs_info", {}).get("commit_id")
    digest = origin.get("archive_info", {}).get("hashes", {}).get("sha256")
    if commit and url.startswith("https://"):
        where = f"git+{url}@{commit}#subdirectory={origin.get('subdirectory', SUBDIRECTORY)}"
    elif digest and url.startswith("https://"):
        where = f"{url}#sha256={digest}"
    return f"{SDK}[{','.join(EXTRAS)}] @ {where}"


def _closure(names: Iterable[str]) -> set[str]:
    """These distributions and all that they require, as far as they are installed."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found or not _is_installed(name):
            continue
        found.add(name)
        waiting += _requirements(name)
    return found


def _requirements(name: str, extras: Iterable[str] = ()) -> Iterator[str]:
    """What a distribution requires, with those of some extras; markers are decided by what is installed."""
    for requirement in distribution(name).requires or ():
        match = _REQUIREMENT.match(requirement)
        if match and (match["extra"] is None or match["extra"] in extras):
            yield re.sub(r"[-_.]+", "-", match["name"]).lower()


def _is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True
