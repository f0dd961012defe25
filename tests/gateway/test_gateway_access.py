"""Who may do what and how often, over HTTP: real gateway processes, a real issuer, real Redis."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from opendata_platform.gateway.database import open_database
from opendata_platform.gateway.plans import ANONYMOUS, FREE, PRO
from tests.fixtures.gateway import ADMIN_TOKEN, Gateway, metadata, running_gateway
from tests.fixtures.oidc_issuer import AUDIENCE, Issuer, running_issuer
from tests.fixtures.seaweedfs import S3Server

CLIENTS = 20
ALLOWED = ANONYMOUS.requests_per_minute
TRUSTED = {
    "repository_id": "7001",
    "repository_owner_id": "41",
    "workflow": "publish.yml",
    "ref": "refs/heads/main",
}


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with running_issuer() as running:
        yield running


@contextmanager
def prepared_gateway(folder: Path, s3_server: S3Server, issuer: Issuer) -> Iterator[Gateway]:
    """A gateway where ada and eve have a dataset each, and ada's trusts a workflow."""
    more = {"OPENDATA_GATEWAY_ISSUER": issuer.url, "OPENDATA_GATEWAY_AUDIENCE": AUDIENCE}
    with running_gateway(folder, s3_server, s3_server.new_bucket(), **more) as running:
        for owner, dataset in (("ada", "ada/rain"), ("eve", "eve/snow")):
            assert running.ask("POST", "/v1/datasets", metadata(dataset), token=key(running, owner)).status_code == 201
        trust = running.ask("POST", "/v1/datasets/ada/rain/publishers", TRUSTED, token=key(running, "ada"))
        assert trust.status_code == 201
        yield running


@pytest.fixture(scope="module")
def gateway(s3_server: S3Server, issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway for tests that show it no wrong credential."""
    with prepared_gateway(tmp_path_factory.mktemp("gateway"), s3_server, issuer) as running:
        yield running


@pytest.fixture
def attacked(s3_server: S3Server, issuer: Issuer, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway of its own for a test whose failed attempts would shut the others out."""
    with prepared_gateway(tmp_path, s3_server, issuer) as running:
        yield running


def key(gateway: Gateway, owner: str, **more: Any) -> str:
    answer = gateway.ask("POST", "/v1/keys", {"owner": owner, **more})
    assert answer.status_code == 201, answer.text
    token: str = answer.json()["token"]
    return token


def statuses(ask: Callable[[int], httpx.Response], count: int) -> Counter[int]:
    """What `count` requests of twenty clients are answered."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        return Counter(answer.status_code for answer in pool.map(ask, range(count)))


def within_a_minute(attempt: Callable[[], None], again: Callable[[], object]) -> None:
    """Run `attempt`; when it fails because a new minute began, do `again` and repeat."""
    while True:
        minute = time.time() // 60
        try:
            attempt()
        except AssertionError:
            if time.time() // 60 == minute:
                raise
            again()
        else:
            return


def forget_counts(gateway: Gateway) -> None:
    """Empty the counters of its limits."""
    database = open_database(gateway.environment["OPENDATA_GATEWAY_DATABASE"])
    with database.transaction() as tx:
        tx.execute("DELETE FROM limit_counters")
    database.close()


def begun(gateway: Gateway, dataset: str, token: str) -> httpx.Response:
    partition = {"partition": "2026-11-20", "bytes": 1_000, "sha256": "0" * 64}
    document = {"dataset": dataset, "parent_seq": None, "partitions": [partition]}
    return gateway.ask("POST", "/v1/publish/begin", document, token=token)


def test_a_trusted_workflow_publishes_its_dataset_and_no_other(gateway: Gateway, issuer: Issuer) -> None:
    signed_in = gateway.ask("POST", "/v1/auth/github", {"token": issuer.token()}, token=None)
    assert signed_in.status_code == 200, signed_in.text
    session = signed_in.json()["session"]

    assert signed_in.json()["datasets"] == ["ada/rain"]
    assert signed_in.headers["cache-control"] == "no-store"
    assert begun(gateway, "ada/rain", session).status_code == 200
    assert begun(gateway, "eve/snow", session).status_code == 403


FOREIGN = {
    "publish": lambda gateway, token: begun(gateway, "ada/rain", token),
    "metadata": lambda gateway, token: gateway.ask(
        "PUT", "/v1/datasets/ada/rain/metadata", metadata("ada/rain", title="Mine now"), token=token
    ),
    "register": lambda gateway, token: gateway.ask("POST", "/v1/datasets", metadata("ada/sun"), token=token),
    "trust": lambda gateway, token: gateway.ask("POST", "/v1/datasets/ada/rain/publishers", TRUSTED, token=token),
    "trusted": lambda gateway, token: gateway.ask("GET", "/v1/datasets/ada/rain/publishers", token=token),
    "report": lambda gateway, token: gateway.ask("POST", "/v1/runs", {"dataset": "ada/rain"}, token=token),
    "key for another": lambda gateway, token: gateway.ask("POST", "/v1/keys", {"owner": "ada"}, token=token),
    "key of a better plan": lambda gateway, token: gateway.ask("POST", "/v1/keys", {"plan": "pro"}, token=token),
}


@pytest.mark.parametrize("act", FOREIGN.values(), ids=FOREIGN.keys())
@pytest.mark.parametrize("reach", [None, ["ada/rain"], ["ada/*"]], ids=["all", "dataset", "namespace"])
def test_what_is_somebody_elses_is_forbidden(
    act: Callable[[Gateway, str], httpx.Response], reach: list[str] | None, gateway: Gateway
) -> None:
    answer = act(gateway, key(gateway, "eve", datasets=reach))

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")


def test_a_key_that_names_a_foreign_dataset_does_not_make_it_ones_own(gateway: Gateway) -> None:
    made = gateway.ask("POST", "/v1/keys", {"datasets": ["ada/rain"]}, token=key(gateway, "eve"))

    assert made.status_code == 201
    assert begun(gateway, "ada/rain", made.json()["token"]).status_code == 403


@pytest.mark.parametrize("path", ["/v1/keys", "/v1/datasets/ada/rain/publishers"])
def test_a_session_cannot_let_others_in(path: str, gateway: Gateway, issuer: Issuer) -> None:
    session = gateway.ask("POST", "/v1/auth/github", {"token": issuer.token()}, token=None).json()["session"]

    assert gateway.ask("POST", path, TRUSTED, token=session).status_code == 403


def test_of_twenty_clients_that_show_one_token_one_gets_a_session(attacked: Gateway, issuer: Issuer) -> None:
    token = issuer.token()

    answers = statuses(lambda _: attacked.ask("POST", "/v1/auth/github", {"token": token}, token=None), CLIENTS)

    assert answers[200] == 1
    assert answers[401] + answers[429] == CLIENTS - 1


def test_different_keys_are_shown_different_speed(gateway: Gateway) -> None:
    policies = {
        plan.name: gateway.ask("GET", "/v1/index", token=key(gateway, "ada", plan=plan.name)).headers
        for plan in (FREE, PRO)
    }

    for plan in (FREE, PRO):
        assert policies[plan.name]["ratelimit-policy"].startswith(f'"requests";q={plan.requests_per_minute};w=60')
        assert policies[plan.name]["ratelimit"].startswith(f'"requests";r={plan.requests_per_minute - 1};t=')


def test_usage_is_shown_to_the_operator_and_of_ones_own_key(gateway: Gateway) -> None:
    token = key(gateway, "ada")
    for _ in range(3):
        gateway.ask("GET", "/v1/index", token=token)
    gateway.ask("GET", "/v1/datasets/ada/none", token=token)

    (mine,) = gateway.ask("GET", "/v1/usage", token=token).json()["usage"]
    assert (mine["subject"], mine["requests"], mine["failures"]) == (f"key:{token.split('_')[1]}", 4, 1)
    everybody = gateway.ask("GET", "/v1/usage").json()["usage"]
    assert {row["kind"] for row in everybody} == {"key", "ip", "namespace"}


def test_a_limit_is_exact_under_twenty_clients_and_over_a_kill(s3_server: S3Server, tmp_path: Path) -> None:
    with running_gateway(tmp_path, s3_server, s3_server.new_bucket()) as gateway:

        def ask(_: int) -> httpx.Response:
            return gateway.ask("GET", "/v1/datasets/ada/rain", token=None)

        def restart() -> None:
            gateway.send(signal.SIGKILL)
            gateway.wait()
            gateway.start()

        def attempt() -> None:
            assert statuses(ask, ALLOWED - 10) == {404: ALLOWED - 10}
            restart()
            assert statuses(ask, 30) == {404: 10, 429: 20}
            refused = ask(0)
            assert 0 < int(refused.headers["retry-after"]) <= 60
            assert refused.headers["ratelimit"].startswith('"requests";r=0;t=')
            assert refused.json()["error"]["code"] == "rate_limited"

        within_a_minute(attempt, lambda: forget_counts(gateway))


def test_two_processes_share_their_limits_in_redis(s3_server: S3Server, redis_url: str, tmp_path: Path) -> None:
    bucket = s3_server.new_bucket()
    shared = {
        "OPENDATA_GATEWAY_REDIS": redis_url,
        "OPENDATA_GATEWAY_DATABASE": f"sqlite:///{tmp_path / 'shared.db'}",
    }
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    with (
        running_gateway(folders[0], s3_server, bucket, **shared) as one,
        running_gateway(folders[1], s3_server, bucket, **shared) as two,
    ):

        def ask(number: int) -> httpx.Response:
            return (one, two)[number % 2].ask("GET", "/v1/datasets/ada/rain", token=None)

        def attempt() -> None:
            assert statuses(ask, 2 * ALLOWED) == {404: ALLOWED, 429: ALLOWED}

        within_a_minute(attempt, redis.Redis.from_url(redis_url).flushall)


def test_guessing_keys_is_soon_not_answered_and_nothing_secret_is_logged(
    attacked: Gateway, issuer: Issuer, s3_server: S3Server
) -> None:
    good, workflow = key(attacked, "ada"), issuer.token()
    session = attacked.ask("POST", "/v1/auth/github", {"token": workflow}, token=None).json()["session"]
    upload = begun(attacked, "ada/rain", session).json()["uploads"][0]["url"]
    guesses = [f"odk_{number:012x}_{'7' * 48}" for number in range(60)]

    def attempt() -> None:
        answers = statuses(lambda number: attacked.ask("GET", "/v1/index", token=guesses[number]), len(guesses))
        assert answers == {401: 10, 429: 50}
        assert attacked.ask("GET", "/v1/index", token=good).status_code == 429

    within_a_minute(attempt, lambda: forget_counts(attacked))
    log = attacked.log.read_text()
    assert '"code": "unauthenticated"' in log
    secrets = [ADMIN_TOKEN, good, workflow, session, upload, s3_server.secret_access_key, *guesses]
    secrets += [workflow.rpartition(".")[2], good.rpartition("_")[2], upload.partition("?")[2]]
    assert not [secret for secret in secrets if secret in log]
