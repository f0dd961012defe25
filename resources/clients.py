"""The client of the sources, for one run; in sandbox mode with a sandbox of its own where no other is named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import dagster as dg

from opendata_platform.sandbox import Sandbox
from opendata_platform.sources.http import SourceClient
from opendata_platform.sources.settings import SourceSettings

_NOWHERE = "http://127.0.0.1:1"


@dataclass(frozen=True, slots=True)
class Sources:
    """What assets fetch with."""

    client: SourceClient


@contextmanager
def open_sources() -> Iterator[Sources]:
    """A client by the environment's settings; starts a sandbox in this process if a source is to be asked there and
    no running one is named."""
    with ExitStack() as stack:
        settings = SourceSettings.from_env(sandbox_url=_NOWHERE)
        if any(url.startswith(_NOWHERE) for url in settings.base_urls.values()):
            settings = SourceSettings.from_env(sandbox_url=stack.enter_context(Sandbox()).url)
        yield Sources(stack.enter_context(SourceClient(settings)))


@dg.resource
def sources(context: dg.InitResourceContext) -> Iterator[Sources]:
    """The sources that the environment names."""
    with open_sources() as opened:
        yield opened
