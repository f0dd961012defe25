"""The OpenAPI 3.1 document of the HTTP API, made from the table of operations."""

from __future__ import annotations

import re
from typing import Any

from opendata_platform import gateway
from opendata_platform.gateway import schemas
from opendata_platform.gateway.failures import STATUSES
from opendata_platform.gateway.operations import OPERATIONS, Gate, Operation

_PARAMETERS: dict[str, schemas.Schema] = {
    "namespace": schemas.NAMESPACE,
    "name": schemas.NAMESPACE,
    "object": schemas.TEXT,
    "shard": schemas.TEXT,
    "prefix": schemas.TEXT,
}
REQUEST_ID = {"X-Request-Id": {"schema": schemas.TEXT, "description": "By which the operator finds the request."}}


def openapi_document(server: str) -> dict[str, Any]:
    """The document for a gateway that is reached at `server`."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "OpenData gateway", "version": "1", "description": gateway.__doc__},
        "servers": [{"url": server}],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Error": schemas.ERROR},
            "responses": {str(status): _failure(reason) for status, reason in STATUSES.values()},
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    document: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.says,
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": _PARAMETERS[name]}
            for name in re.findall(r"\{(\w+)\}", operation.path)
        ]
        + [
            {"name": name, "in": "query", "required": "null" not in schema["type"], "schema": _plain(schema)}
            for name, schema in operation.query.items()
        ],
        "responses": {
            **{str(status): _success(schema) for status, schema in operation.answers.items()},
            **{str(status): {"$ref": f"#/components/responses/{status}"} for status, _ in STATUSES.values()},
        },
    }
    if operation.gate is not Gate.FREE:
        document["security"] = [{"bearer": []}] + ([{}] if operation.gate is Gate.ANYBODY else [])
    if operation.takes is not None:
        document["requestBody"] = {"required": True, "content": {"application/json": {"schema": operation.takes}}}
    return document


def _plain(schema: schemas.Schema) -> schemas.Schema:
    """A parameter that may be left out is text where it is given."""
    return schemas.TEXT if "null" in schema["type"] else schema


def _success(schema: schemas.Schema | None) -> dict[str, Any]:
    if schema is None:
        location = {"Location": {"schema": schemas.URL, "description": "Where the object is for some minutes."}}
        return {"description": "A redirect.", "headers": {**REQUEST_ID, **location}}
    return {"description": "Done.", "headers": REQUEST_ID, "content": {"application/json": {"schema": schema}}}


def _failure(reason: str) -> dict[str, Any]:
    error = {"$ref": "#/components/schemas/Error"}
    return {"description": reason, "headers": REQUEST_ID, "content": {"application/json": {"schema": error}}}
