"""What a store shows now of the dataset that is about to be published, and of the rows that new ones would replace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from opendata.contract.ids import Versioning
from opendata.contract.records import Data, ObjectRef, Record
from opendata.contract.schema import TableSchema
from opendata.contract.selectors import Newest
from opendata.errors import DatasetNotFound
from opendata.protocol.objects import get_verified
from opendata.protocol.operations import Steps
from opendata.protocol.resolve import find_state, read_entries
from opendata.protocol.tip import follow_log
from opendata.read.plan import read_schema
from opendata.stores.log import follow
from opendata.stores.open import open_store
from opendata.stores.store import Store

if TYPE_CHECKING:
    import polars


@dataclass(frozen=True, slots=True)
class Head:
    """The newest commit of a dataset. `replaced` is the version that a new one takes the place of: of the same slice,
    or the newest complete copy; None where there is none yet."""

    record: Record
    schema: TableSchema | None
    """Of the newest version."""
    replaced: Data | None
    frame: polars.DataFrame | None = field(repr=False)
    """The rows of `replaced`."""


def open_published(gateway: str | None, env: Mapping[str, str]) -> Store:
    """Where the published state is read: the gateway that is named (or OPENDATA_GATEWAY), else what readers read."""
    from opendata.stores.https import HttpStore
    from opendata.stores.tokens import find_token

    follow(env)
    url = gateway or env.get("OPENDATA_GATEWAY")
    return HttpStore(url, token=find_token(url, env)) if url else open_store(env)


def read_head(dataset: str, partition: str) -> Steps[Head | None]:
    """The head of a dataset as far as a new version of `partition` has to do with it; None before the first commit."""
    from opendata.write import decode

    try:
        state = yield from find_state(dataset, Newest())
    except DatasetNotFound:
        return None
    record = (yield from follow_log(dataset, state.record)) or state.record
    replaced = record.newest
    if record.versioning is Versioning.DATE:
        entries = yield from read_entries(record, partition, partition)
        replaced = entries[0].data if entries else None
    schema = (yield from read_schema(dataset, record.newest)) if record.newest else None
    if replaced is None:
        return Head(record, schema, None, None)
    body = yield from get_verified(ObjectRef(replaced.key(dataset), replaced.sha256))
    return Head(record, schema, replaced, decode(body))
