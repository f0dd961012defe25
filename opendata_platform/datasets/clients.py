"""Opening the clients of the sources; in sandbox mode with a sandbox of its own where no other is named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from opendata_platform.datasets.origin import Clients
from opendata_platform.sandbox import Sandbox
from opendata_platform.sources.http import SourceClient
from opendata_platform.sources.settings import SourceSettings
from opendata_platform.tushare.client import TushareClient
from opendata_platform.tushare.limiter import Limiter
from opendata_platform.tushare.settings import TushareSettings

_NOWHERE = "http://127.0.0.1:1"


@contextmanager
def open_clients() -> Iterator[Clients]:
    """Clients by the environment's settings; starts a sandbox in this process if a source is to be asked there and
    no running one is named."""
    with ExitStack() as stack:
        http, tushare = _settings(_NOWHERE)
        if any(url.startswith(_NOWHERE) for url in (*http.base_urls.values(), tushare.url)):
            http, tushare = _settings(stack.enter_context(Sandbox()).url)
        asked = stack.enter_context(TushareClient(tushare, Limiter.from_env())) if tushare.token else None
        yield Clients(stack.enter_context(SourceClient(http)), asked)


def _settings(sandbox_url: str) -> tuple[SourceSettings, TushareSettings]:
    return SourceSettings.from_env(sandbox_url=sandbox_url), TushareSettings.from_env(sandbox_url=sandbox_url)
