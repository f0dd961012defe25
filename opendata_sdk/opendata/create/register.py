"""The registry: at a gateway, or in a store itself, where the index that publications keep is all there is of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opendata.create.gateway import Gateway, open_gateway
from opendata.create.project import Project
from opendata.errors import Conflict, DatasetNotFound
from opendata.protocol.fsck import check_store
from opendata.protocol.index import read_index, sweep_dirty
from opendata.stores.driver import run
from opendata.stores.open import open_store, open_writable_store


def find_gateway(url: str | None, env: Mapping[str, str]) -> Gateway | None:
    """The gateway that is named or in the environment; None where a store is used directly."""
    return open_gateway(url, env) if url or env.get("OPENDATA_GATEWAY") else None


def add(gateway: Gateway | None, project: Project, env: Mapping[str, str], *, update: bool = False) -> str:
    """Register a dataset: `registered`, `updated`, `unchanged`, or `not_yet` where only a publication registers it.

    Raises Conflict if it is registered with other metadata, unless `update`.
    """
    dataset, document = project.metadata.id, dict(project.metadata.document)
    if gateway is None:
        entries = run(read_index(), open_writable_store(env)) or {}
        return "unchanged" if dataset in entries else "not_yet"
    known = registered_metadata(gateway, dataset)
    if known is None:
        gateway.ask("POST", "/v1/datasets", document, again=True)
        return "registered"
    if known == document:
        return "unchanged"
    if not update:
        raise Conflict(f"{dataset} is registered with other metadata", hint="`od registry add --update` replaces them")
    gateway.ask("PUT", f"/v1/datasets/{dataset}/metadata", document)
    return "updated"


def trust(gateway: Gateway, project: Project, publisher: Mapping[str, str | None]) -> dict[str, Any]:
    """Let runs of a workflow publish the dataset.

    The repository and its owner are named by their numbers, since names can be given up and taken by others.
    """
    document = {name: value for name, value in publisher.items() if value is not None}
    return gateway.ask("POST", f"/v1/datasets/{project.metadata.id}/publishers", document, again=True)


def refresh(gateway: Gateway | None, env: Mapping[str, str], *, rebuild: bool = False) -> tuple[str, ...]:
    """Bring index.json up to the commits; returns what was behind: datasets, or keys where all is read anew."""
    if gateway is not None:
        gateway.ask("GET", "/v1/index")
        return ()
    store = open_writable_store(env)
    if rebuild:
        return tuple(finding.key for finding in run(check_store(store.name, repair=True), store) if finding.repaired)
    return run(sweep_dirty(store.name), store)


def show(gateway: Gateway | None, dataset: str, env: Mapping[str, str]) -> dict[str, Any]:
    """What the registry says of a dataset. Raises DatasetNotFound."""
    if gateway is not None:
        return gateway.ask("GET", f"/v1/datasets/{dataset}")
    store = open_store(env)
    entry = (run(read_index(), store) or {}).get(dataset)
    if entry is None:
        raise DatasetNotFound(f"{dataset} is not in the index of {store.describe()}", hint="`od push` puts it there")
    return entry


def registered_metadata(gateway: Gateway, dataset: str) -> dict[str, Any] | None:
    """The metadata that a gateway has registered of a dataset; None where it is not registered."""
    try:
        found = gateway.ask("GET", f"/v1/datasets/{dataset}")
    except DatasetNotFound:
        return None
    return dict(found["metadata"]) if found["registered"] else None
