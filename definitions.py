"""The Dagster code location: puts the rooms together, nothing else."""

import dagster as dg

from assets import official, status, tushare
from assets.packs import packs
from opendata_platform.datasets.catalog import all_specs
from resources.clients import clients
from resources.io import dataset_io_manager
from schedules.packing import packing_schedule
from schedules.publication import build_schedule
from sensors.index import index_sensor
from sensors.portal import portal_sensor
from sensors.runs import run_sensor

defs = dg.Definitions(
    assets=[*official.ASSETS, *tushare.ASSETS, status.ASSET, packs],
    schedules=[*(build_schedule(spec) for spec in all_specs().values()), packing_schedule],
    sensors=[index_sensor, portal_sensor, run_sensor],
    resources={"datasets": dataset_io_manager, "clients": clients},
    executor=dg.in_process_executor,
)
