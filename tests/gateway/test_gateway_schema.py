"""Requests made up from the OpenAPI document: the gateway never fails, and answers as the document says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from opendata_platform.gateway.openapi import openapi_document
from tests.fixtures.gateway import ADMIN_TOKEN, Gateway, running_gateway
from tests.fixtures.seaweedfs import S3Server

schema = schemathesis.openapi.from_dict(openapi_document("http://gateway.example"))


@pytest.fixture(scope="module")
def gateway(s3_server: S3Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway before an empty bucket."""
    with running_gateway(tmp_path_factory.mktemp("gateway"), s3_server, s3_server.new_bucket()) as running:
        yield running


@pytest.mark.slow
@schema.parametrize()
@settings(
    max_examples=12,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
def test_whatever_is_asked_is_answered_as_documented(case: schemathesis.Case, gateway: Gateway) -> None:
    case.call_and_validate(
        base_url=gateway.url,
        headers={"Authorization": f"Bearer {ADMIN_TOKEN}"},
        allow_redirects=False,
        checks=[not_a_server_error, status_code_conformance, response_schema_conformance],
    )
