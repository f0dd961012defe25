"""The portal in a real browser: a store that the platform published, the built site, a server that counts, Chromium.

With OPENDATA_SCREENSHOTS naming a folder, screenshots are kept there.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from opendata.stores.driver import run
from playwright.sync_api import Browser, expect, sync_playwright

from opendata_platform.portal.build import build_portal
from opendata_platform.sandbox import Recordings, Sandbox
from opendata_platform.status.summary import keep_status
from tests.datasets.conftest import NOW, TODAY, Bench, CountingStore
from tests.portal.served import Served, serve
from tests.portal.status_cells import COMPUTED_AT, status_cells
from tests.portal.visit import AXE, Visit, Visitor

PORTAL = Path(__file__).resolve().parents[2] / "portal"
DIST = PORTAL / "dist"
expect.set_options(timeout=20_000)
KLINES = "official/binance-btcusdt-kline-1m"
COVID = "official/owid-covid-global-daily"
PUBLISHED = {
    COVID: (TODAY,),
    "official/stooq-aapl-daily": (TODAY,),
    KLINES: ("2026-11-19", "2026-11-20", "2026-11-21"),
    "official/open-meteo-berlin-hourly": ("2024-03-11",),
}


@pytest.fixture(scope="session")
def store_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that the platform's pipeline published from the sandbox, with the portal's files. Not to be changed."""
    folder = tmp_path_factory.mktemp("store")
    with Sandbox(recordings=Recordings(), clock=lambda: NOW) as sandbox:
        bench = Bench(sandbox, CountingStore(folder))
        for dataset, partitions in PUBLISHED.items():
            bench.publish(dataset, *partitions)
    run(build_portal(NOW), bench.store)
    run(keep_status(status_cells(), COMPUTED_AT), bench.store)
    return folder


@pytest.fixture
def own_store(store_folder: Path, tmp_path: Path) -> Path:
    """A copy of the store, to be damaged."""
    return Path(shutil.copytree(store_folder, tmp_path / "store"))


@pytest.fixture(scope="session")
def dist() -> Path:
    """The site, built unless it is newer than all that it is made of."""
    if not shutil.which("npm"):
        pytest.skip("npm is not installed: the site cannot be built")
    with (Path(tempfile.gettempdir()) / f"opendata-portal-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_built():
            subprocess.run(["make", "portal"], cwd=PORTAL.parent, check=True, capture_output=True, timeout=300)
    return DIST


def _is_built() -> bool:
    built = DIST / "sql" / "index.html"
    folders = [path for name in ("src", "public") for path in (PORTAL / name).rglob("*")]
    sources = [
        *folders,
        *PORTAL.glob("*.json"),
        *PORTAL.glob("*.ts"),
        *PORTAL.glob("*.html"),
        *PORTAL.glob("*/index.html"),
    ]
    made_of = [path for path in sources if path.is_file() and DIST not in path.parents]
    return built.exists() and built.stat().st_mtime > max(path.stat().st_mtime for path in made_of)


@pytest.fixture
def site(dist: Path) -> Iterator[Callable[[Path], Served]]:
    """Serves the site over a store, until the test ends."""
    with ExitStack() as stack:
        yield lambda store: stack.enter_context(serve(dist, store))


@pytest.fixture(scope="session")
def shared_site(dist: Path, store_folder: Path) -> Iterator[Served]:
    """The site over the whole store."""
    with serve(dist, store_folder) as served:
        yield served


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium."""
    found = [shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")]
    program = next(filter(None, found), None)
    if program is None:
        pytest.skip("Chromium is not installed")
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=as_root)
        yield browser
        browser.close()


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[Visitor]:
    """Opens pages as a visitor with a language, a theme and a width, and notes what goes wrong on them."""
    visits: list[Visit] = []

    def visit(served: Served, path: str, *, lang: str = "en", theme: str = "light", width: int = 1280) -> Visit:
        height = 900 if width > 600 else 740
        context = chromium.new_context(color_scheme=theme, viewport={"width": width, "height": height})  # type: ignore[arg-type]
        context.add_init_script(path=AXE)
        visits.append(Visit.open(context, served, path, lang))
        return visits[-1]

    yield visit
    for one in visits:
        one.page.context.close()


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go."""
    named = os.environ.get("OPENDATA_SCREENSHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
