"""The IO manager: the only writer of the bucket.

Streaming assets publish partition by partition through its `publisher`; ordinary assets return an `Audited` value and
`handle_output` publishes it by the same method. Downstream assets load one partition or a range as a polars frame.
"""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import polars as pl
from opendata.errors import GateFailed
from opendata.protocol.author import make_author
from opendata.protocol.publish import Quarantined
from opendata.stores.local import LocalStore
from opendata.stores.open import open_writable_store
from opendata.stores.store import Store

from opendata_platform.datasets.audited import Audited
from opendata_platform.datasets.publisher import Publisher
from opendata_platform.quality.gate import describe
from resources.naming import dataset_id


class DatasetIOManager(dg.IOManager):
    """Publishes to and loads from one store on behalf of one run."""

    def __init__(self, store: Store, run_id: str | None) -> None:
        self._store = store
        self.publisher = Publisher(store, make_author("dagster", run_id))

    def location(self, key: str) -> dg.MetadataValue:
        """Where an object is, for people: a path or a URL."""
        if isinstance(self._store, LocalStore):
            return dg.MetadataValue.path(Path(self._store.folder) / key)
        return dg.MetadataValue.url(f"s3://{self._store.name}/{key}")

    def handle_output(self, context: dg.OutputContext, obj: Audited) -> None:
        """Publish one audited partition; raises GateFailed when the gate said no."""
        try:
            result = self.publisher.publish(obj)
        finally:
            self.publisher.finish()
        if isinstance(result, Quarantined):
            failed = "; ".join(describe(check) for check in result.failed)
            raise GateFailed(
                f"{obj.spec.id} {obj.draft.partition} was not published: {failed}",
                hint=f"the evidence is in {result.audit_key}",
            )
        context.add_output_metadata({"seq": result.record.seq, "dagster/row_count": obj.draft.summary.row_count})

    def load_input(self, context: dg.InputContext) -> pl.DataFrame:
        """The published rows of the upstream dataset's partitions that the downstream step asks for."""
        keys = sorted(context.asset_partition_keys)
        return self.publisher.load(dataset_id(context.asset_key), keys[0], keys[-1])


@dg.io_manager
def dataset_io_manager(context: dg.InitResourceContext) -> DatasetIOManager:
    """The IO manager over the store that the environment names."""
    return DatasetIOManager(open_writable_store(), context.run.run_id if context.run else None)
