"""The asset of the status matrix: it also brings `portal/status.json` up to the day, and tells the sums in the UI."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import dagster as dg
from opendata.stores.driver import run

from assets.factory import Streaming, build_asset
from opendata_platform.datasets.catalog import find_spec
from opendata_platform.datasets.origin import Built, Clients
from opendata_platform.datasets.pipeline import Visible
from opendata_platform.datasets.spec import DatasetSpec
from opendata_platform.status.batches import read_batches
from opendata_platform.status.suggest import MATRIX
from opendata_platform.status.summary import keep_status, ratios_table
from opendata_platform.status.table import TABLE, build_with
from resources.io import DatasetIOManager


class _MatrixStreaming(Streaming):
    """One run of the matrix, with the batches that are on when it begins."""

    def __init__(
        self, spec: DatasetSpec, context: dg.AssetExecutionContext, datasets: DatasetIOManager, clients: Clients
    ) -> None:
        batches = run(read_batches(), datasets.publisher.store)
        super().__init__(replace(spec, origin=Built(build_with(batches), TABLE.inputs)), context, datasets, clients)

    def told(self, visible: Visible) -> Mapping[str, dg.MetadataValue]:
        """Write the sums of a day, and show them."""
        publisher = self._datasets.publisher
        cells = publisher.read(MATRIX, visible.data)
        run(keep_status(cells, visible.record.committed_at), publisher.store)
        return {"ratios": dg.MetadataValue.md(ratios_table(cells))}


ASSET = build_asset(find_spec(MATRIX), _MatrixStreaming)
