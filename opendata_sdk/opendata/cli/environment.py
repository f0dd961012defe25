"""`od env`: the settings in force, without secrets, for a person or a bug report."""

from __future__ import annotations

import os

import click

from opendata.cli.output import Output, with_output

PACKAGES = ("opendata", "polars", "pandas", "pyarrow", "boto3")
SHOWN = ("STORAGE", "LOCAL_STORAGE_DIR", "R2_BUCKET", "CACHE", "OFFLINE", "NO_PROGRESS", "SOURCES")
"""Settings whose values are shown; of the others, which may hold keys or URLs with keys, only that they are set."""


@click.command()
@with_output
def env(out: Output) -> None:
    """Show the settings in force and the installed versions. Keys and URLs are only said to be set."""
    import platform

    from opendata.errors import OpenDataError
    from opendata.read.cache import cache_root
    from opendata.stores.open import open_store

    try:
        store = open_store(os.environ).describe()
    except OpenDataError as error:
        store = error.message
    fields = {
        "store": store,
        "cache": str(cache_root(os.environ)),
        **_settings(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        **{package: _version(package) for package in PACKAGES},
    }
    out.fields(fields, fields)


def _settings() -> dict[str, str]:
    names = sorted(name for name in os.environ if name.startswith("OPENDATA_"))
    return {name: os.environ[name] if name.removeprefix("OPENDATA_") in SHOWN else "(set)" for name in names}


def _version(package: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return None
