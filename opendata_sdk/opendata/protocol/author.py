"""Who publishes: the run, and in CI the repository, commit and workflow it runs from. Ends up in every commit."""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import MappingProxyType

from ulid import ULID

from opendata.protocol.commit import Author

_FROM_CI: Mapping[str, str] = MappingProxyType(
    {
        "repository": "GITHUB_REPOSITORY",
        "commit": "GITHUB_SHA",
        "workflow": "GITHUB_WORKFLOW_REF",
        "workflow_run": "GITHUB_RUN_ID",
    }
)


def make_author(kind: str, run_id: str | None = None, environ: Mapping[str, str] | None = None) -> Author:
    """An author of `kind` (dagster, operator …); every attempt to commit gets a fresh ULID."""
    env = os.environ if environ is None else environ
    known = {"run_id": run_id, **{name: env.get(variable) for name, variable in _FROM_CI.items()}}
    actor = {"kind": kind, **{name: value for name, value in known.items() if value}}
    return Author(actor, lambda: str(ULID()))
