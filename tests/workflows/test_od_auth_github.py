"""`od auth github`: GitHub's token is exchanged for a session, and neither is shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from opendata.cli import od
from opendata.errors import StoreDenied, StoreUnavailable
from opendata.stores.tokens import host_of

from tests.workflows.id_tokens import id_tokens
from tests.workflows.scripted_gateway import ScriptedGateway

EXCHANGE = "POST /v1/auth/github"
SESSION = {"session": "ods_" + "5" * 40, "expires_at": "2026-11-24T12:15:00Z", "datasets": ["ada/weather"]}


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A job that may have an id token; the token names its audience."""
    with id_tokens(lambda audience: f"token-for-{audience}") as endpoint:
        for name, value in endpoint.items():
            monkeypatch.setenv(name, value)
        yield


def exchange(*options: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(od, ["auth", "github", *options])


def test_the_session_is_kept_for_the_gateway_and_not_shown(job: None, gateway: ScriptedGateway, tmp_path: Path) -> None:
    gateway.answer(EXCHANGE, (200, SESSION))
    done = exchange("--json")
    assert json.loads(done.stdout) == {"datasets": ["ada/weather"], "expires_at": "2026-11-24T12:15:00Z"}
    kept = json.loads((tmp_path / "config" / "opendata" / "tokens.json").read_text())
    assert kept == {host_of(gateway.url): SESSION["session"]}
    assert gateway.documents(EXCHANGE) == [{"token": f"token-for-{gateway.url}"}]


def test_what_follows_is_asked_with_the_session(job: None, gateway: ScriptedGateway) -> None:
    gateway.answer(EXCHANGE, (200, SESSION))
    gateway.answer("POST /v1/runs", (201, {}))
    exchange()
    CliRunner().invoke(od, ["report", "step", "run", "--", "true"])
    CliRunner().invoke(od, ["report", "send", "ada/weather"])
    assert [token for what, token, _ in gateway.asked if what == "POST /v1/runs"] == [f"Bearer {SESSION['session']}"]


def test_the_audience_can_be_another(job: None, gateway: ScriptedGateway) -> None:
    gateway.answer(EXCHANGE, (200, SESSION))
    exchange("--audience", "opendata & more")
    assert gateway.documents(EXCHANGE) == [{"token": "token-for-opendata & more"}]


def test_on_github_the_session_is_masked_in_the_log(
    job: None, gateway: ScriptedGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    gateway.answer(EXCHANGE, (200, SESSION))
    assert f"::add-mask::{SESSION['session']}" in exchange().output.splitlines()


def test_a_gateway_that_does_not_trust_the_workflow_says_why(job: None, gateway: ScriptedGateway) -> None:
    said = {"code": "token_rejected", "message": "no dataset trusts this workflow", "hint": "add a trusted publisher"}
    gateway.answer(EXCHANGE, (401, {"error": said}))
    refused = exchange().exception
    assert isinstance(refused, StoreDenied)
    assert (refused.code, refused.hint, refused.request_id) == (
        "token_rejected",
        "add a trusted publisher",
        "request-7",
    )
    assert "no dataset trusts this workflow" in refused.message
    assert "token-for" not in str(refused)


def test_outside_of_such_a_job_there_is_no_token(gateway: ScriptedGateway) -> None:
    refused = exchange().exception
    assert isinstance(refused, StoreDenied)
    assert "id-token: write" in str(refused)
    assert not gateway.asked


def test_a_job_with_the_wrong_secret_is_told_so_without_it(
    job: None, gateway: ScriptedGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "not-the-secret")
    refused = exchange().exception
    assert isinstance(refused, StoreDenied)
    assert "not-the-secret" not in str(refused)


def test_an_answer_without_a_token_is_no_session(gateway: ScriptedGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", f"{gateway.url}/token")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "secret")
    gateway.answer(f"GET /token?audience={gateway.url.replace(':', '%3A').replace('/', '%2F')}", (200, {"count": 1}))
    assert isinstance(exchange().exception, StoreUnavailable)
