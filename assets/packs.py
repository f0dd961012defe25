"""The packs of all datasets as one asset, partitioned by dataset: compacted copies for readers, a pure cache."""

import time
from collections.abc import Iterator

import dagster as dg
from opendata.errors import Conflict, DatasetNotFound
from opendata.protocol.author import make_author
from opendata.protocol.index import sweep_dirty
from opendata.stores.driver import run
from opendata.stores.open import open_writable_store

from opendata_platform.datasets.catalog import all_specs
from opendata_platform.datasets.packing import pack_dataset

DATASETS = dg.StaticPartitionsDefinition(list(all_specs()))


@dg.asset(
    partitions_def=DATASETS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="maintenance",
    kinds={"parquet"},
    output_required=False,
    description="Compacted copies (years, months, by symbol) from which readers fetch single column chunks. Readers "
    "use them where they save bytes and requests; without them everything is read all the same.\n\n"
    "按年、按月以及按代码排列的压缩副本，读者只取所需的列块；没有它们也能照常读取。",
)
def packs(context: dg.AssetExecutionContext) -> Iterator[dg.AssetMaterialization]:
    """Bring the packs of these datasets up to what is published."""
    store = open_writable_store()
    author = make_author("dagster", context.run.run_id)
    for dataset in context.partition_keys:
        started = time.monotonic()
        try:
            packed = pack_dataset(dataset, store, author, context.log.info)
        except DatasetNotFound:
            context.log.info("%s: not published yet", dataset)
            continue
        except Conflict as error:  # the next run packs what is published then
            context.log.warning("%s", error)
            continue
        yield dg.AssetMaterialization(
            asset_key=context.asset_key,
            partition=dataset,
            metadata={
                "made": len(packed.made),
                "dropped": packed.dropped,
                "packs": len(packed.record.packs),
                "bytes": sum(pack.bytes for pack in packed.made),
                "seconds": round(time.monotonic() - started, 1),
                "seq": packed.record.seq,
            },
        )
    run(sweep_dirty(store.name), store)
