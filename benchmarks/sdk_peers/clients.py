"""One way to read the data per system, as its own documentation shows it. Runs as a script, in the system's own
environment: one JSON object per line in, one out.

    {"client": "pooch", "task": "month", "url": "http://…", "cache": "/tmp/…", …}

A task is `all`, `day`, `month` (three columns of it), `symbol` (five years of it) or `series` (all of it). Nothing here
imports the product, except the function that reads with it.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable
from typing import Any

COLUMNS = ["trade_date", "symbol", "close"]
SUMMED = 200_000
"""Tables with more rows are compared by their sums and not by all of their text."""


def _opendata(ask: dict[str, Any]) -> Any:
    import opendata as od

    client = od.Client(f"{ask['url']}/store", cache_dir=ask["cache"])
    match ask["task"]:
        case "day":
            return client.load(ask["dataset"], version=ask["day"])
        case "month":
            return client.load(ask["dataset"], start_date=ask["first"], end_date=ask["last"], columns=COLUMNS)
        case "symbol":
            years = {"start_date": ask["begin"], "end_date": ask["end"]}
            return client.load(ask["dataset"], symbols=[ask["symbol"]], **years)
        case "series":
            return client.load(ask["dataset"], symbols=[ask["symbol"]])
        case _:
            return client.load(ask["dataset"], version=ask["pin"])


def _polars(ask: dict[str, Any]) -> Any:
    return _scan(f"{ask['url']}/files/{ask['file']}", ask)


def _pandas(ask: dict[str, Any]) -> Any:
    import pandas

    return pandas.read_parquet(f"{ask['url']}/files/{ask['file']}", **_pushdown(ask))


def _pyarrow(ask: dict[str, Any]) -> Any:
    import fsspec
    import pyarrow.parquet

    return pyarrow.parquet.read_table(
        f"{ask['url']}/files/{ask['file']}", filesystem=fsspec.filesystem("http"), **_pushdown(ask)
    )


def _duckdb(ask: dict[str, Any]) -> Any:
    from datetime import UTC, datetime

    import duckdb
    from fsspec.implementations.http import HTTPFileSystem

    class Http(HTTPFileSystem):  # type: ignore[misc]
        def modified(self, path: str) -> datetime:
            """What duckdb asks before it reads, and fsspec does not know over HTTP."""
            return datetime(2026, 1, 1, tzinfo=UTC)

    connection = duckdb.connect()
    connection.register_filesystem(Http())
    columns, conditions = "*", "true"
    if ask["task"] == "month":
        columns = ", ".join(COLUMNS)
        conditions = f"trade_date BETWEEN DATE '{ask['first']}' AND DATE '{ask['last']}'"
    elif ask["task"] == "symbol":
        years = f"trade_date BETWEEN DATE '{ask['begin']}' AND DATE '{ask['end']}'"
        conditions = f"symbol = '{ask['symbol']}' AND {years}"
    elif ask["task"] == "series":
        conditions = f"symbol = '{ask['symbol']}'"
    url = f"{ask['url']}/files/{ask['file']}"
    return connection.sql(f"SELECT {columns} FROM read_parquet('{url}') WHERE {conditions}").pl()


def _huggingface_hub(ask: dict[str, Any]) -> Any:
    from huggingface_hub import hf_hub_download

    path = hf_hub_download(
        ask["dataset"], ask["file"], repo_type="dataset", revision=ask["pin"], cache_dir=ask["cache"]
    )
    return _scan(path, ask)


def _datasets(ask: dict[str, Any]) -> Any:
    from datasets import load_dataset

    loaded = load_dataset(
        ask["dataset"],
        data_files=ask["file"],
        split="train",
        revision=ask["pin"],
        cache_dir=ask["cache"],
        **_pushdown(ask),
    )
    return loaded.with_format("arrow")[:]


def _pooch(ask: dict[str, Any]) -> Any:
    import pooch

    path = pooch.retrieve(f"{ask['url']}/files/{ask['file']}", f"sha256:{ask['sha256']}", path=ask["cache"])
    return _scan(path, ask)


def _kagglehub(ask: dict[str, Any]) -> Any:
    os.environ["KAGGLEHUB_CACHE"] = ask["cache"]
    from kagglesdk import kaggle_env

    # The client knows Kaggle's own addresses only; its "local" one becomes this server's.
    kaggle_env._env_to_endpoint[kaggle_env.KaggleEnv.LOCAL] = f"{ask['url']}/kaggle"
    import kagglehub

    version = f"/versions/{ask['pin']}" if ask["pin"] else ""
    return _scan(kagglehub.dataset_download(f"{ask['dataset']}{version}", path=ask["file"]), ask)


def _owid_catalog(ask: dict[str, Any]) -> Any:
    from owid.catalog import Client

    table = Client(catalog_url=f"{ask['url']}/owid").tables.fetch(
        f"garden/bench/latest/stock/{ask['file'].removesuffix('.parquet')}", formats=["parquet"]
    )
    return table.reset_index() if table.index.names != [None] else table


def _scan(source: str, ask: dict[str, Any]) -> Any:
    """A file or a URL through polars, with the conditions of the task pushed down."""
    from datetime import date

    import polars

    frame = polars.scan_parquet(source)
    day, symbol = polars.col("trade_date"), polars.col("symbol") == ask["symbol"]
    match ask["task"]:
        case "month":
            within = day.is_between(date.fromisoformat(ask["first"]), date.fromisoformat(ask["last"]))
            frame = frame.filter(within).select(COLUMNS)
        case "symbol":
            within = day.is_between(date.fromisoformat(ask["begin"]), date.fromisoformat(ask["end"]))
            frame = frame.filter(symbol, within)
        case "series":
            frame = frame.filter(symbol)
    return frame.collect()


def _pushdown(ask: dict[str, Any]) -> dict[str, Any]:
    """The conditions of the task as pandas, pyarrow and datasets take them."""
    from datetime import date

    match ask["task"]:
        case "month":
            first, last = date.fromisoformat(ask["first"]), date.fromisoformat(ask["last"])
            return {"columns": COLUMNS, "filters": [("trade_date", ">=", first), ("trade_date", "<=", last)]}
        case "symbol":
            begin, end = date.fromisoformat(ask["begin"]), date.fromisoformat(ask["end"])
            years = [("trade_date", ">=", begin), ("trade_date", "<=", end)]
            return {"filters": [("symbol", "==", ask["symbol"]), *years]}
        case "series":
            return {"filters": [("symbol", "==", ask["symbol"])]}
        case _:
            return {}


CLIENTS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "opendata": _opendata,
    "huggingface_hub": _huggingface_hub,
    "datasets": _datasets,
    "pooch": _pooch,
    "kagglehub": _kagglehub,
    "owid-catalog": _owid_catalog,
    "polars": _polars,
    "pandas": _pandas,
    "pyarrow": _pyarrow,
    "duckdb": _duckdb,
}


def fingerprint(table: Any) -> str:
    """What was read, whatever kind of table it is in: equal for equal rows and columns in any order."""
    import polars

    if type(table).__module__.startswith("pyarrow"):
        table = polars.from_arrow(table)
    elif not isinstance(table, polars.DataFrame):
        table = polars.from_pandas(table)
    frame = table.select(sorted(table.columns)).with_columns(polars.col("trade_date").cast(polars.Date))
    frame = frame.with_columns(polars.selectors.categorical().cast(polars.String))
    if frame.height > SUMMED:
        numbers = frame.select(polars.selectors.numeric().mul(1000).round().cast(polars.Int64).sum()).row(0)
        return f"{frame.height} {frame['trade_date'].max()} {numbers}"
    text = frame.sort("trade_date", "symbol").write_csv()
    return f"{frame.height} {hashlib.sha256(text.encode()).hexdigest()}"


def main() -> None:
    """Answer every line: what was read (if one wants to `look`), or what went wrong."""
    for line in sys.stdin:
        ask = json.loads(line)
        try:
            table = CLIENTS[ask["client"]](ask)
            answer = {"read": fingerprint(table) if ask["look"] else None, "error": None}
        except Exception as error:  # noqa: BLE001 (whatever a peer raises is its answer)
            answer = {"read": None, "error": f"{type(error).__name__}: {error}"[:200]}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
