"""`od push`: publish a folder's output to a local folder, a bucket or through a gateway.

What is pushed is validated first, and the validation is the evidence that is published with it. A push names the commit
that its author has seen, so that nobody overwrites what somebody else published meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from opendata.contract.evidence import Evidence
from opendata.contract.ids import Versioning
from opendata.create.gateway import Gateway
from opendata.create.project import Project
from opendata.create.published import open_published
from opendata.create.register import find_gateway, registered_metadata
from opendata.create.report import Report
from opendata.create.validate import Examined, examine, forget_parent, recall_parent
from opendata.errors import CommitUncertain, Conflict, DatasetNotFound, GateFailed, InvalidValue
from opendata.protocol.author import make_author
from opendata.protocol.index import join_index, sweep_dirty
from opendata.protocol.publish import Published, Unchanged, publish
from opendata.read.html import Shown
from opendata.stores.driver import run
from opendata.stores.open import open_writable_store
from opendata.stores.store import Store
from opendata.write import Encoded


@dataclass(frozen=True, slots=True)
class Upload:
    """An object that a push writes. `transfer` is 0 where the store has this very content."""

    object: str
    bytes: int
    transfer: int


@dataclass(frozen=True, slots=True, repr=False)
class Pushed(Shown):
    """What became of a push. `outcome` is published, unchanged or, for a dry run, planned."""

    outcome: str
    dataset: str
    version: str
    seq: int
    store: str
    uploads: tuple[Upload, ...]
    report: Report

    def shown(self) -> dict[str, object]:
        """What is shown at a prompt."""
        return {name: getattr(self, name) for name in ("outcome", "dataset", "version", "seq", "store")}

    def to_dict(self) -> dict[str, object]:
        """The JSON form."""
        uploads = [asdict(upload) for upload in self.uploads]
        return {**self.shown(), "rows": self.report.rows, "objects": uploads, "validation": self.report.to_dict()}


@dataclass(frozen=True, slots=True)
class PushOptions:
    """How to push; what is None is found out."""

    version: str | None = None
    parent: int | None = None
    gateway: str | None = None
    reason: str = ""
    allow_breaking: bool = False
    dry_run: bool = False


def push_project(folder: Path, env: Mapping[str, str], options: PushOptions) -> Pushed:
    """Validate and publish. Raises GateFailed, Conflict, CommitUncertain, or what the store raises."""
    gateway = find_gateway(options.gateway, env)
    store = open_published(options.gateway, env) if gateway else open_writable_store(env)
    examined = examine(folder, store, version=options.version, allow_breaking=options.allow_breaking)
    report, project, encoded = examined.report, examined.project, examined.encoded
    if not report.ok or project is None or encoded is None or report.version is None or report.change is None:
        failed = "; ".join(f"{check.name}: {check.observed}" for check in report.failed)
        raise GateFailed(f"nothing was published: {failed}", hint="`od validate` shows every check")
    uploads = _uploads(examined, encoded, remotely=gateway is not None)
    seen = report.change.seq
    if options.dry_run:
        return Pushed("planned", project.metadata.id, report.version, seen, store.describe(), uploads, report)
    recalled = recall_parent(project, store)
    parent = next(seq for seq in (options.parent, recalled, seen) if seq is not None)
    if gateway:
        _check_registered(gateway, project)
    try:
        if gateway:
            outcome, version, seq = _through_gateway(gateway, project, report, encoded, parent)
        else:
            outcome, version, seq = _into_store(store, project, report, encoded, parent, options.reason)
    except CommitUncertain:
        raise
    except Conflict as error:
        raise _with_ways_out(error, project) from error
    forget_parent(project)
    return Pushed(outcome, project.metadata.id, version, seq, store.describe(), uploads, report)


def _into_store(
    store: Store, project: Project, report: Report, encoded: Encoded, parent: int, reason: str
) -> tuple[str, str, int]:
    """Publish with credentials of one's own, then bring the index up to it."""
    partition = str(report.version)
    draft = encoded.draft(partition, Evidence(partition, encoded.summary.content_hash, report.checks))
    required = [check.name for check in report.checks]
    steps = publish(project.metadata, [draft], make_author("creator"), required=required, reason=reason, parent=parent)
    result = run(steps, store)
    if isinstance(result, Unchanged):
        run(sweep_dirty(store.name), store)
        return "unchanged", partition, result.record.seq
    assert isinstance(result, Published), "what fails a check was refused before"
    run(join_index([result], store.name), store)
    return "published", next(iter(result.versions), partition), result.record.seq


def _through_gateway(
    gateway: Gateway, project: Project, report: Report, encoded: Encoded, parent: int
) -> tuple[str, str, int]:
    """Publish what is registered there, with the metadata of opendata.yaml."""
    from opendata.create.remote import publish_remotely

    dataset, partition = project.metadata.id, str(report.version)
    done = publish_remotely(gateway, dataset, partition, encoded, parent, report.checks)
    return str(done["outcome"]), next(iter(done["versions"]), partition), int(done["seq"])


def _check_registered(gateway: Gateway, project: Project) -> None:
    """What is published has the metadata that are registered, so these must be the ones in opendata.yaml."""
    dataset = project.metadata.id
    registered = registered_metadata(gateway, dataset)
    if registered is None:
        raise DatasetNotFound(f"{dataset} is not registered at {gateway.base_url}", hint="`od registry add`")
    if registered != project.metadata.document:
        raise InvalidValue(
            "opendata.yaml", dataset, "must say what is registered", hint="`od registry add --update` registers it anew"
        )


def _uploads(examined: Examined, encoded: Encoded, *, remotely: bool) -> tuple[Upload, ...]:
    """The objects of a version: a gateway makes all but the data itself."""
    objects = {"data.parquet": encoded.data}
    if not remotely:
        objects |= {"schema.json": encoded.schema_json, "preview.json": encoded.preview_json}
    return tuple(
        Upload(f"{examined.report.version}/{name}", len(body), 0 if examined.identical else len(body))
        for name, body in objects.items()
    )


def _with_ways_out(error: Conflict, project: Project) -> Conflict:
    """A conflict says what can be done about it."""
    if project.metadata.versioning is Versioning.SEMVER:
        return error
    ways = (
        "nothing of yours was published. `od validate` shows your rows against what is published now; then either\n"
        "  keep what is published: do nothing, or\n"
        "  publish yours on top of it, as its next revision: `od push` again after `od validate`, or\n"
        "  publish yours beside it: `od push --version` with another day"
    )
    return Conflict(error.message, hint=ways, request_id=error.request_id)
