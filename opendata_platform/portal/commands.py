"""`odp portal`: the portal's files, its pages, and a server for both. 门户。"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from opendata.stores.driver import run
from opendata.stores.open import DEFAULT_FOLDER, open_store, open_writable_store

from opendata_platform.portal.actions_api import API, ActionsApi

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


@portal.command()
@click.option("--repository", required=True, metavar="OWNER/NAME", help="Where the workflow is deployed.")
@click.option("--dataset", required=True, help="The dataset that it publishes.")
@click.option("--workflow", metavar="FILE", help="Only runs of this workflow file; default all of the repository.")
@click.option("--api", default=API, show_default=True, envvar="GITHUB_API_URL", help="Address of the API.")
def runs(repository: str, dataset: str, workflow: str | None, api: str) -> None:
    """Bring DATASET's health up to the runs that GitHub Actions tells of. 同步 GitHub Actions 运行记录。

    GITHUB_TOKEN is sent where it is set. Runs that have reported themselves are left as they are.
    """
    from opendata_platform.portal.collect import collect_runs
    from opendata_platform.sources.http import open_http
    from opendata_platform.sources.retry import RetryLimits

    store = open_writable_store()
    with open_http(RetryLimits()) as http:
        actions = ActionsApi(http, repository, api, os.environ.get("GITHUB_TOKEN", ""))
        new = collect_runs(dataset, actions, workflow, store, datetime.now(UTC))
    for item in new:
        click.echo(f"  {item.started_at}  {item.outcome.value:12} {item.summary}")
    click.echo(f"{dataset}: {len(new)} runs added / 已添加 {len(new)} 次运行")


_SITE = click.option(
    "--site",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("portal/dist"),
    show_default=True,
    help="The folder of the built site.",
)


@portal.command()
@click.option("--store", "place", help="URL or folder of the store; default the one that the environment names.")
@click.option("--site-url", required=True, help="Where the site will be, for example https://data.example.org/.")
@_SITE
def prerender(place: str | None, site_url: str, site: Path) -> None:
    """Put the datasets into the built site: a page and exports for each, sitemap.xml, robots.txt. 预渲染页面。

    A store at a URL is also where the pages will read from; one in a folder is taken to be served beside the site.
    """
    from opendata_platform.portal.prerender import Site
    from opendata_platform.portal.prerender import prerender as write_pages

    env = {**os.environ, "OPENDATA_ENDPOINT": place} if place else os.environ
    url = place if place and "://" in place else ""
    written = write_pages(Site(site, site_url, url), open_store(env))
    click.echo(f"{site}: {len(written)} datasets / 个数据集")


@portal.command()
@click.option(
    "--store",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(DEFAULT_FOLDER),
    show_default=True,
    envvar="OPENDATA_LOCAL_STORAGE_DIR",
    help="The folder of the store.",
)
@_SITE
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; it has no access control.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
def serve(folder: Path, site: Path, host: str, port: int) -> None:
    """Show the built site with a local store until interrupted. 本地预览门户。"""
    from opendata_platform.portal.serve import serve as serve_until_interrupted

    click.echo(f"http://{host}:{port}/")
    serve_until_interrupted(site, folder, host, port)
