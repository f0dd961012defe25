"""The operations of the HTTP API, each from a call to an answer."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from opendata.contract.fields import Fields
from opendata.contract.index import index_document
from opendata.contract.keys import INDEX, INDEX_SHARDS
from opendata.contract.records import Record
from opendata.errors import DatasetNotFound, InvalidValue
from opendata.protocol.objects import get
from opendata.protocol.operations import Found
from opendata.stores.driver import run

from opendata_platform.gateway.calls import Answer, Call
from opendata_platform.gateway.errors import Forbidden
from opendata_platform.gateway.keys import ApiKey
from opendata_platform.gateway.plans import FREE
from opendata_platform.gateway.publishers import TrustedPublisher
from opendata_platform.gateway.publishing import LARGEST_PUBLICATION, MOST_PARTITIONS
from opendata_platform.gateway.services import Services
from opendata_platform.gateway.usage import UsageRow
from opendata_platform.health import parse_run, report_run

NO_STORE = {"Cache-Control": "no-store"}
MOST_DAYS = 92


def health(services: Services, call: Call) -> Answer:
    """The database answers."""
    with services.database.transaction() as tx:
        tx.execute("SELECT 1 AS one")
    return Answer({"status": "ok"})


def about(services: Services, call: Call) -> Answer:
    """For whom a workflow's token must be made, and the bytes and partitions of the largest publication."""
    limits = {"largest_publication": LARGEST_PUBLICATION, "most_partitions": MOST_PARTITIONS}
    return Answer({"audience": services.audience, **limits})


def index(services: Services, call: Call) -> Answer:
    """index.json as it is in the bucket; an empty one before the first publication."""
    found = run(get(INDEX), services.store)
    body = found.body if isinstance(found, Found) else index_document({})[0]
    return Answer(body=body, headers={"Cache-Control": "public, max-age=60"})


def read_index_object(services: Services, call: Call) -> Answer:
    """A redirect to index.json."""
    return _redirect(services, call, INDEX)


def read_shard(services: Services, call: Call) -> Answer:
    """A redirect to a part of the index."""
    return _redirect(services, call, f"{INDEX_SHARDS}{call.path['shard']}")


def read_object(services: Services, call: Call) -> Answer:
    """A redirect to an object of a dataset."""
    return _redirect(services, call, f"datasets/{call.dataset}/{call.path['object']}")


def _redirect(services: Services, call: Call, path: str) -> Answer:
    """Data are counted as downloads of their bytes, documents as requests."""
    located = services.resolving.locate(path, call.span, call.principal)
    call.hand_out(located.dataset, downloads=int(located.size > 0), size=located.size)
    signed = services.resolving.sign(located, call.method)
    return Answer(status=302, headers={"Location": signed.url, **NO_STORE})


def show_dataset(services: Services, call: Call) -> Answer:
    """What is registered and what is published of a dataset."""
    services.resolving.check_reader(call.dataset, call.principal)
    registered = services.registry.find(call.dataset)
    record = services.resolving.newest(call.dataset)
    if registered is None and record is None:
        raise DatasetNotFound(f"there is no dataset {call.dataset} here", hint="list what there is with `od search`")
    known = registered.to_dict() if registered else {"dataset": call.dataset}
    return Answer({**known, "registered": registered is not None, "published": _published(record) if record else None})


def _published(record: Record) -> dict[str, Any]:
    return {
        "seq": record.seq,
        "version": record.newest.version if record.newest else None,
        "committed_at": record.committed_at,
        "rows": record.totals.rows,
        "bytes": record.totals.bytes,
    }


def create_dataset(services: Services, call: Call) -> Answer:
    """Register a dataset, or find it registered the same."""
    registered, new = services.registry.create(call.document, call.principal)
    return Answer(registered.to_dict(), 201 if new else 200)


def update_metadata(services: Services, call: Call) -> Answer:
    """Replace the metadata of a dataset."""
    return Answer(services.registry.update(call.dataset, call.document, call.principal).to_dict())


def resolve(services: Services, call: Call) -> Answer:
    """What a version means, and a URL to read its data: a download, since the URL is one."""
    resolved = services.resolving.resolve(call.asked("dataset"), call.query.get("version"), call.principal)
    call.hand_out(resolved.dataset, downloads=1, size=resolved.data.bytes)
    return Answer(resolved.document, headers=NO_STORE)


def download(services: Services, call: Call) -> Answer:
    """A URL to read the data of a version."""
    fields = Fields(call.document, "request")
    resolved = services.resolving.resolve(fields.text("dataset"), fields.maybe_text("version"), call.principal)
    call.hand_out(resolved.dataset, downloads=1, size=resolved.data.bytes)
    document = {
        "url": resolved.document["url"],
        "expires_at": resolved.document["expires_at"],
        "sha256": resolved.data.sha256,
        "bytes": resolved.data.bytes,
    }
    return Answer(document, headers=NO_STORE)


def authenticate_workflow(services: Services, call: Call) -> Answer:
    """A publishing session for the token of a workflow."""
    issued = services.access.exchange(Fields(call.document, "request").text("token"), call.ip)
    session = issued.session
    return Answer(
        {"session": issued.token, "expires_at": session.expires_at, "datasets": list(session.datasets)},
        headers=NO_STORE,
    )


def begin(services: Services, call: Call) -> Answer:
    """Begin a publication."""
    return Answer(services.publishing.begin(call.document, call.principal), headers=NO_STORE)


def commit(services: Services, call: Call) -> Answer:
    """Publish what was uploaded."""
    return Answer(services.publishing.commit(call.document, call.principal))


def abort(services: Services, call: Call) -> Answer:
    """Give a publication up."""
    return Answer(services.publishing.abort(call.document, call.principal))


def report(services: Services, call: Call) -> Answer:
    """Keep how a run went."""
    document = Fields(call.document, "request")
    dataset = services.registry.to_publish(document.text("dataset"), call.principal).id
    said = {name: value for name, value in document.document.items() if name != "dataset"}
    run_of = parse_run(said, services.clock())
    health_of = run(report_run(dataset, run_of, services.store.name), services.store)
    return Answer({"dataset": dataset, "health": health_of.summary()}, 201)


def list_publishers(services: Services, call: Call) -> Answer:
    """The workflows that a dataset trusts."""
    dataset = services.registry.to_publish(call.dataset, call.principal).id
    return Answer({"publishers": [_publisher(item) for item in services.publishers.list(dataset)]})


def add_publisher(services: Services, call: Call) -> Answer:
    """Trust a workflow; a publishing session cannot let others in."""
    if call.principal.datasets is not None and not call.principal.admin:
        raise Forbidden("this credential may publish, not say who else may", hint="use a key for all of its owner")
    dataset = services.registry.to_publish(call.dataset, call.principal).id
    fields = Fields(call.document, "request")
    publisher = TrustedPublisher(
        dataset,
        fields.text("repository_id"),
        fields.text("repository_owner_id"),
        fields.text("workflow"),
        fields.maybe_text("ref"),
        fields.maybe_text("environment"),
    )
    services.publishers.add(publisher)
    return Answer(_publisher(publisher), 201)


def _publisher(publisher: TrustedPublisher) -> dict[str, Any]:
    return asdict(publisher)


def create_key(services: Services, call: Call) -> Answer:
    """Make a key: the operator for anybody, an owner one of no greater reach than the plan `free`."""
    _require_owner(call)
    fields = Fields(call.document, "request")
    owner = fields.maybe_text("owner") or call.principal.owner
    plan = fields.maybe_text("plan") or (FREE.name if call.principal.admin else call.principal.plan)
    if not call.principal.admin and (owner, plan) != (call.principal.owner, call.principal.plan):
        raise Forbidden("only the operator makes keys for others or of another plan", hint="leave out owner and plan")
    datasets = fields.items("datasets") if fields.document.get("datasets") is not None else None
    issued = services.keys.create(owner, plan, datasets)
    return Answer({**_key(issued.key), "token": issued.token}, 201, headers=NO_STORE)


def list_keys(services: Services, call: Call) -> Answer:
    """The caller's keys, or everybody's for the operator."""
    _require_owner(call)
    owner = None if call.principal.admin else call.principal.owner
    return Answer({"keys": [_key(key) for key in services.keys.list(owner)]})


def revoke_key(services: Services, call: Call) -> Answer:
    """End a key."""
    _require_owner(call)
    owner = None if call.principal.admin else call.principal.owner
    return Answer(_key(services.keys.revoke(call.path["prefix"], owner)))


def _require_owner(call: Call) -> None:
    if call.principal.datasets is not None and not call.principal.admin:
        raise Forbidden("this credential is for some datasets only", hint="use a key for all of its owner")


def _key(key: ApiKey) -> dict[str, Any]:
    return asdict(key)


def usage(services: Services, call: Call) -> Answer:
    """What was asked for per day: of everybody for the operator, else of the caller's own key."""
    last = _day(call, "last", services.clock().date())
    first = _day(call, "first", last - timedelta(days=6))
    if not timedelta(0) <= last - first < timedelta(days=MOST_DAYS):
        raise InvalidValue("first", first.isoformat(), f"must be at most {MOST_DAYS - 1} days before last, {last}")
    subjects = None if call.principal.admin else {"key": call.principal.id}
    return Answer({"usage": [_usage(row) for row in services.usage.between(first, last, subjects)]})


def _day(call: Call, name: str, otherwise: date) -> date:
    text = call.query.get(name)
    try:
        return date.fromisoformat(text) if text is not None else otherwise
    except ValueError:
        raise InvalidValue(name, text, "must be a day such as 2026-11-20") from None


def _usage(row: UsageRow) -> dict[str, Any]:
    return {**asdict(row), "failure_rate": row.failure_rate}
