"""The clients of the sources, for one run."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from opendata_platform.datasets.clients import open_clients
from opendata_platform.datasets.origin import Clients


@dg.resource
def clients(context: dg.InitResourceContext) -> Iterator[Clients]:
    """The clients that the environment names."""
    with open_clients() as opened:
        yield opened
