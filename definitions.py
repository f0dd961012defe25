"""The Dagster code location: puts the rooms together, nothing else."""

import dagster as dg

from assets.official import ASSETS
from opendata_platform.datasets.catalog import all_specs
from resources.io import dataset_io_manager
from resources.sources import sources
from schedules.publication import build_schedule
from sensors.index import index_sensor

defs = dg.Definitions(
    assets=ASSETS,
    schedules=[build_schedule(spec) for spec in all_specs().values()],
    sensors=[index_sensor],
    resources={"datasets": dataset_io_manager, "sources": sources},
    executor=dg.in_process_executor,
)
