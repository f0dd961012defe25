"""The register of datasets: who may publish what, under which metadata. What is published is in the bucket alone.

Whoever registers the first dataset of a namespace owns the namespace; only its owner and the operator register more in
it. Metadata that are changed here take effect with the next publication.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from opendata.contract.canonical import format_instant
from opendata.contract.ids import check_dataset_id
from opendata.contract.metadata import Metadata
from opendata.errors import Conflict, DatasetNotFound, InvalidValue
from opendata.stores.store import utc_now

from opendata_platform.gateway.database import Database, Row, Transaction
from opendata_platform.gateway.errors import Forbidden, Unauthenticated
from opendata_platform.gateway.principal import Principal

FILLED_IN = ("last_updated_at", "storage", "checksum")
"""Fields of the metadata that come from what is published, not from a creator."""
_OF_DATASET = "SELECT metadata, owner, created_at, updated_at FROM datasets WHERE id = :id"


@dataclass(frozen=True, slots=True)
class Registered:
    """One registered dataset."""

    metadata: Metadata
    owner: str
    created_at: str
    updated_at: str

    @property
    def id(self) -> str:
        """The dataset id."""
        return self.metadata.id

    def is_of(self, principal: Principal) -> bool:
        """Whether it is the caller's: its owner's with a credential that is for it, or a workflow's that it trusts."""
        entitled = self.owner == principal.owner or principal.is_workflow
        return principal.admin or (not principal.anonymous and entitled and principal.covers(self.id))

    def to_dict(self) -> dict[str, Any]:
        """The JSON form; who owns it stays inside."""
        return {
            "dataset": self.id,
            "metadata": dict(self.metadata.document),
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        }


class Registry:
    """Registers datasets and says whose they are."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    def create(self, document: object, principal: Principal) -> tuple[Registered, bool]:
        """Register a dataset; the flag says whether it is new. Raises Conflict if it exists with other metadata."""
        metadata = _creators_metadata(document)
        now = format_instant(self._clock())
        with self._database.transaction() as tx:
            _claim(tx, metadata.id, principal, now)
            known = _find(tx, metadata.id)
            if known is None:
                tx.execute(
                    "INSERT INTO datasets (id, namespace, metadata, owner, created_at, updated_at) "
                    "VALUES (:id, :namespace, :metadata, :owner, :now, :now)",
                    id=metadata.id,
                    namespace=_namespace(metadata.id),
                    metadata=metadata.to_bytes().decode(),
                    owner=principal.owner,
                    now=now,
                )
                return Registered(metadata, principal.owner, now, now), True
        if known.metadata.sha256 != metadata.sha256:
            raise Conflict(
                f"{metadata.id} is registered with other metadata",
                hint="change them with PUT /v1/datasets/{namespace}/{name}/metadata, or choose another id",
            )
        return known, False

    def update(self, dataset: str, document: object, principal: Principal) -> Registered:
        """Replace the metadata of a dataset; how its versions relate stays as it was registered."""
        metadata = _creators_metadata(document)
        now = format_instant(self._clock())
        if metadata.id != check_dataset_id(dataset, "dataset"):
            raise InvalidValue("id", metadata.id, f"must be {dataset}: a dataset keeps its id")
        with self._database.transaction() as tx:
            known = _found(tx, dataset)
            _check_owner(known, principal)
            if metadata.versioning is not known.metadata.versioning:
                raise InvalidValue(
                    "versioning", metadata.versioning.value, f"must stay {known.metadata.versioning.value}"
                )
            tx.execute(
                "UPDATE datasets SET metadata = :metadata, updated_at = :now WHERE id = :id",
                metadata=metadata.to_bytes().decode(),
                now=now,
                id=dataset,
            )
        return Registered(metadata, known.owner, known.created_at, now)

    def find(self, dataset: str) -> Registered | None:
        """A dataset, or None if it is not registered."""
        return _registered(self._database.select(_OF_DATASET, id=check_dataset_id(dataset, "dataset")))

    def to_publish(self, dataset: str, principal: Principal) -> Registered:
        """A dataset that this caller may publish; raises DatasetNotFound or Forbidden."""
        known = _existing(self.find(dataset), dataset)
        _check_owner(known, principal)
        return known


def _creators_metadata(document: object) -> Metadata:
    metadata = Metadata.from_dict(document)
    for name in FILLED_IN:
        if name in metadata.document:
            raise InvalidValue(name, metadata.document[name], "is filled in by the registry: leave it out")
    return metadata


def _claim(tx: Transaction, dataset: str, principal: Principal, now: str) -> None:
    """Make a new namespace the caller's own; refuse one that is somebody else's."""
    _check_named(principal)
    if not principal.covers(dataset):
        raise Forbidden(f"this credential is not for {dataset}", hint="register it with a key that is")
    namespace = _namespace(dataset)
    tx.execute(
        "INSERT INTO namespaces (name, owner, created_at) VALUES (:name, :owner, :now) ON CONFLICT DO NOTHING",
        name=namespace,
        owner=principal.owner,
        now=now,
    )
    owner = tx.execute("SELECT owner FROM namespaces WHERE name = :name", name=namespace)[0]["owner"]
    if owner != principal.owner and not principal.admin:
        raise Forbidden(f"the namespace {namespace} belongs to somebody else", hint="choose another namespace")


def _check_owner(known: Registered, principal: Principal) -> None:
    _check_named(principal)
    if not known.is_of(principal):
        raise Forbidden(f"{known.id} is not yours to change", hint="use a key or a session of its owner")


def _check_named(principal: Principal) -> None:
    if principal.anonymous:
        raise Unauthenticated("this needs a credential", hint="send `Authorization: Bearer <session or API key>`")


def _namespace(dataset: str) -> str:
    return dataset.split("/")[0]


def _found(tx: Transaction, dataset: str) -> Registered:
    return _existing(_find(tx, dataset), dataset)


def _existing(known: Registered | None, dataset: str) -> Registered:
    if known is None:
        raise DatasetNotFound(f"{dataset} is not registered here", hint="register it with `od registry add`")
    return known


def _find(tx: Transaction, dataset: str) -> Registered | None:
    return _registered(tx.execute(_OF_DATASET, id=dataset))


def _registered(rows: list[Row]) -> Registered | None:
    return Registered(_parsed(rows[0].pop("metadata")), **rows[0]) if rows else None


@lru_cache(maxsize=1024)
def _parsed(metadata: str) -> Metadata:
    """The database is asked at every request, so that a change holds at once; its text is not read anew each time."""
    return Metadata.from_dict(json.loads(metadata))
