"""The table of the HTTP API: the routes and the OpenAPI document are both made from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from opendata_platform.gateway import handlers, schemas
from opendata_platform.gateway.calls import Handler
from opendata_platform.gateway.schemas import Schema


class Gate(StrEnum):
    """What a caller must show, and how the request is counted."""

    FREE = "free"
    """Nothing, and it counts against no limit."""
    ANYBODY = "anybody"
    """A credential only to see what is private."""
    NAMED = "named"
    """A credential."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. `answers` are the schemas of its successes by status, None where there is no body."""

    method: str
    path: str
    handler: Handler
    gate: Gate
    says: str
    answers: Mapping[int, Schema | None]
    takes: Schema | None = None
    query: Mapping[str, Schema] = field(default_factory=dict)
    """Parameters of the query; those without a `null` type must be given."""
    hands_out: bool = False
    """It charges what it hands out, and the namespace, by itself once it knows."""
    slow: bool = False
    """It decodes data: few run at a time, in threads of their own."""

    @property
    def name(self) -> str:
        """The name that generated clients use."""
        return self.handler.__name__


_OF_DATASET = "/v1/datasets/{namespace}/{name}"

OPERATIONS = (
    Operation("GET", "/v1/health", handlers.health, Gate.FREE, "Whether it works.", {200: schemas.HEALTHY}),
    Operation(
        "GET",
        "/v1/about",
        handlers.about,
        Gate.FREE,
        "What a publisher must know: the audience of a workflow's token, and how much one publication may have.",
        {200: schemas.ABOUT},
    ),
    Operation("GET", "/v1/index", handlers.index, Gate.ANYBODY, "All public datasets.", {200: schemas.ANYTHING}),
    Operation(
        "POST",
        "/v1/datasets",
        handlers.create_dataset,
        Gate.NAMED,
        "Register a dataset by its metadata; 200 if it is registered the same, 409 if otherwise.",
        {200: schemas.REGISTERED, 201: schemas.REGISTERED},
        takes=schemas.METADATA,
    ),
    Operation(
        "GET",
        _OF_DATASET,
        handlers.show_dataset,
        Gate.ANYBODY,
        "What is registered and published of a dataset.",
        {200: schemas.SHOWN},
    ),
    Operation(
        "PUT",
        f"{_OF_DATASET}/metadata",
        handlers.update_metadata,
        Gate.NAMED,
        "Replace the metadata of a dataset; they take effect with its next publication.",
        {200: schemas.REGISTERED},
        takes=schemas.METADATA,
    ),
    Operation(
        "GET",
        f"{_OF_DATASET}/publishers",
        handlers.list_publishers,
        Gate.NAMED,
        "The workflows that may publish a dataset without a key.",
        {200: schemas.PUBLISHERS},
    ),
    Operation(
        "POST",
        f"{_OF_DATASET}/publishers",
        handlers.add_publisher,
        Gate.NAMED,
        "Trust a workflow to publish a dataset.",
        {201: schemas.PUBLISHER},
        takes=schemas.PUBLISHER,
    ),
    Operation(
        "GET",
        "/v1/resolve",
        handlers.resolve,
        Gate.ANYBODY,
        "What a version means: a partition with its newest correction, seq:N, @instant, or the newest state.",
        {200: schemas.RESOLVED},
        query={"dataset": schemas.DATASET, "version": schemas.MAYBE_TEXT},
        hands_out=True,
    ),
    Operation(
        "POST",
        "/v1/download",
        handlers.download,
        Gate.ANYBODY,
        "A URL to read the data of a version for some minutes.",
        {200: schemas.DOWNLOAD},
        takes=schemas.WANTED,
        hands_out=True,
    ),
    Operation(
        "POST",
        "/v1/auth/github",
        handlers.authenticate_workflow,
        Gate.ANYBODY,
        "A publishing session for the OIDC token of a workflow.",
        {200: schemas.SESSION},
        takes=schemas.TOKEN,
    ),
    Operation(
        "POST",
        "/v1/publish/begin",
        handlers.begin,
        Gate.NAMED,
        "Begin a publication: a URL for each data file that is not there yet.",
        {200: schemas.UPLOADS},
        takes=schemas.BEGIN,
    ),
    Operation(
        "POST",
        "/v1/publish/commit",
        handlers.commit,
        Gate.NAMED,
        "Hash, decode and check what was uploaded, then publish it. May be repeated.",
        {200: schemas.COMMITTED},
        takes=schemas.COMMIT,
        slow=True,
    ),
    Operation(
        "POST",
        "/v1/publish/abort",
        handlers.abort,
        Gate.NAMED,
        "Give a publication up.",
        {200: schemas.ABORTED},
        takes=schemas.PUBLICATION,
    ),
    Operation(
        "POST",
        "/v1/runs",
        handlers.report,
        Gate.NAMED,
        "Report how a run went; the dataset's health follows from it.",
        {201: schemas.REPORTED},
        takes=schemas.RUN,
    ),
    Operation(
        "POST",
        "/v1/keys",
        handlers.create_key,
        Gate.NAMED,
        "Make an API key; its token is shown this once.",
        {201: schemas.ISSUED_KEY},
        takes=schemas.NEW_KEY,
    ),
    Operation("GET", "/v1/keys", handlers.list_keys, Gate.NAMED, "Your API keys.", {200: schemas.KEYS}),
    Operation(
        "DELETE",
        "/v1/keys/{prefix}",
        handlers.revoke_key,
        Gate.NAMED,
        "End an API key for good.",
        {200: schemas.KEY},
    ),
    Operation(
        "GET",
        "/v1/usage",
        handlers.usage,
        Gate.NAMED,
        "Requests, failures, downloads and bytes per day, of your key.",
        {200: schemas.USAGE},
        query={"first": schemas.MAYBE_TEXT, "last": schemas.MAYBE_TEXT},
    ),
    Operation(
        "GET",
        "/index.json",
        handlers.read_index_object,
        Gate.ANYBODY,
        "The index, as readers of a bucket ask for it: a redirect to a URL that is good for some minutes.",
        {302: None},
        hands_out=True,
    ),
    Operation(
        "GET",
        "/index/{shard}",
        handlers.read_shard,
        Gate.ANYBODY,
        "A part of a big index: a redirect.",
        {302: None},
        hands_out=True,
    ),
    Operation(
        "GET",
        "/datasets/{namespace}/{name}/{object}",
        handlers.read_object,
        Gate.ANYBODY,
        "An object of a dataset, such as latest.json or 2026-11-20/data.parquet: a redirect.",
        {302: None},
        hands_out=True,
    ),
)
