"""One name in two spellings: the dataset id `official/stooq-aapl-daily`, the asset key `official/stooq_aapl_daily`."""

from __future__ import annotations

import dagster as dg
from opendata.contract.ids import check_dataset_id


def asset_key(dataset: str) -> dg.AssetKey:
    """The asset key of a dataset."""
    return dg.AssetKey(check_dataset_id(dataset).replace("-", "_").split("/"))


def dataset_id(key: dg.AssetKey) -> str:
    """The dataset of an asset key."""
    return check_dataset_id("/".join(key.path).replace("_", "-"))
