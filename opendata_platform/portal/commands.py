"""`odp portal`: the portal's files, its pages, and a server for both. 门户。"""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click
from opendata.stores.driver import run
from opendata.stores.open import open_writable_store

UNREADABLE_EXIT = 4
"""Exit code when a dataset could not be read (the SDK's code for integrity)."""


@click.group()
def portal() -> None:
    """The files and pages of the portal. 门户。"""


@portal.command()
@click.option("--all", "everything", is_flag=True, help="Make every document anew, also of datasets without news.")
def build(everything: bool) -> None:
    """Write what the portal reads into the store: search.json and a document per public dataset. 生成门户文件。"""
    from opendata_platform.portal.build import build_portal

    store = open_writable_store()
    built = run(build_portal(datetime.now(UTC), everything=everything), store)
    for dataset in built.changed:
        click.echo(f"  {dataset}")
    for dataset in built.removed:
        click.echo(f"  {dataset} (removed / 已移除)")
    for dataset, error in built.unreadable.items():
        click.echo(f"  {dataset}: {error.message}", err=True)
    click.echo(f"{store.describe()}: {built.datasets} datasets, {len(built.changed)} made anew / 已更新")
    sys.exit(UNREADABLE_EXIT if built.unreadable else 0)
