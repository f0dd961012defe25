"""What is measured: the built site over a store, served by the project's own command."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from opendata.protocol.author import make_author
from opendata.stores.driver import run
from opendata.stores.local import LocalStore

from opendata_platform.datasets.catalog import all_specs
from opendata_platform.datasets.origin import Clients
from opendata_platform.datasets.pipeline import Visible, run_partition
from opendata_platform.datasets.publisher import Publisher
from opendata_platform.portal.build import build_portal
from opendata_platform.portal.prerender import Site, prerender
from opendata_platform.sandbox import Sandbox
from opendata_platform.sources.http import SourceClient
from opendata_platform.sources.settings import SourceSettings

DATASET = "official/binance-btcusdt-kline-1m"
DAYS = 3
_PROJECT = Path(__file__).resolve().parents[2]
_READY_SECONDS = 30


def build_site(folder: Path) -> None:
    """The site as `make portal` builds it, in a folder of the benchmark's own."""
    subprocess.run(["make", "portal"], cwd=_PROJECT, check=True, stdout=subprocess.DEVNULL)
    shutil.copytree(_PROJECT / "portal" / "dist", folder)


def publish_candles(folder: Path) -> None:
    """A store with some days of candles, published from the sandbox, and the portal's files."""
    store, spec, now = LocalStore(folder), all_specs()[DATASET], datetime.now(UTC)
    with Sandbox() as sandbox, SourceClient(SourceSettings.from_env(sandbox_url=sandbox.url)) as client:
        for number in range(DAYS, 0, -1):
            day = (now - timedelta(days=number)).date().isoformat()
            publisher = Publisher(store, make_author("benchmark", None))
            result = run_partition(spec, day, Clients(client), publisher)
            publisher.finish()
            if not isinstance(result, Visible):
                raise SystemExit(f"{day} was not published: {result}")
    run(build_portal(now), store)


@contextmanager
def served(site: Path, store: Path) -> Iterator[str]:
    """Serve them with `odp portal serve`; gives the URL."""
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port = chosen.getsockname()[1]
    url = f"http://127.0.0.1:{port}/"
    odp = str(Path(sys.executable).with_name("odp"))
    command = [odp, "portal", "serve", "--store", str(store), "--site", str(site), "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(url)
        yield url
    finally:
        server.terminate()
        server.wait()


def write_pages(site: Path, store: Path) -> None:
    """A page for each dataset of the store."""
    prerender(Site(site, "http://127.0.0.1/"), LocalStore(store))


def _wait(url: str) -> None:
    until = time.monotonic() + _READY_SECONDS
    while True:
        try:
            httpx.get(url).raise_for_status()
            return
        except httpx.TransportError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
