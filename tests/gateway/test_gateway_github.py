"""Trusted publishing: which tokens open a session. The issuer is real: it signs, publishes its keys, rotates, fails."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from opendata.errors import DatasetNotFound, InvalidValue, NotFound

from opendata_platform.gateway.database import Database, open_database
from opendata_platform.gateway.errors import IssuerUnavailable, TokenRejected
from opendata_platform.gateway.github import TokenVerifier, TrustedPublishing
from opendata_platform.gateway.principal import ADMIN
from opendata_platform.gateway.publishers import Publishers, TrustedPublisher
from opendata_platform.gateway.registry import Registry
from opendata_platform.gateway.sessions import LIFETIME, Sessions
from tests.fixtures.oidc_issuer import AUDIENCE, REPOSITORY, Issuer, new_key, public_jwk, running_issuer

DATASET = "ada/rain"
TRUSTED = TrustedPublisher(DATASET, "7001", "41", "publish.yml", ref="refs/heads/main")


class Clock:
    """The time now, and whatever a test adds to it."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Gate:
    """Trusted publishing over a database and the issuer."""

    def __init__(self, database: Database, issuer: str) -> None:
        self.clock = Clock()
        self.database = database
        self.sessions = Sessions(database, self.clock)
        self.publishers = Publishers(database, self.clock)
        verifier = TokenVerifier(AUDIENCE, self.clock, issuer)
        self.publishing = TrustedPublishing(database, verifier, self.sessions, self.clock)

    def register(self, *datasets: str) -> None:
        about = {"meta_version": 1, "title": "Rain", "description": "Rain.", "license": "CC0-1.0", "source": "gauges"}
        for dataset in datasets:
            Registry(self.database).create({**about, "id": dataset, "repo": "https://example.org/ada/weather"}, ADMIN)

    def count(self, table: str) -> int:
        with self.database.transaction() as tx:
            return int(tx.execute(f"SELECT COUNT(*) AS n FROM {table}")[0]["n"])


@pytest.fixture(scope="module")
def shared_issuer() -> Iterator[Issuer]:
    with running_issuer() as issuer:
        yield issuer


@pytest.fixture
def issuer(shared_issuer: Issuer) -> Issuer:
    shared_issuer.answer = None
    shared_issuer.asked = 0
    return shared_issuer


@pytest.fixture
def gate(issuer: Issuer, tmp_path: Path) -> Iterator[Gate]:
    database = open_database(f"sqlite:///{tmp_path / 'gateway.db'}")
    gate = Gate(database, issuer.url)
    gate.register(DATASET)
    gate.publishers.add(TRUSTED)
    yield gate
    database.close()


def test_a_trusted_workflow_gets_a_session_for_its_datasets(gate: Gate, issuer: Issuer) -> None:
    issued = gate.publishing.exchange(issuer.token())

    session = gate.sessions.verify(issued.token)
    assert session == issued.session
    assert session is not None
    assert session.datasets == (DATASET,)
    assert session.provenance == {
        "repository": REPOSITORY,
        "commit": "b8962f4eaff8e14fc646cb22c596c81e67d71362",
        "workflow": f"{REPOSITORY}/.github/workflows/publish.yml@refs/heads/main",
        "workflow_run": f"https://github.com/{REPOSITORY}/actions/runs/32291736541",
    }


def test_a_session_ends_after_a_quarter_of_an_hour(gate: Gate, issuer: Issuer) -> None:
    token = gate.publishing.exchange(issuer.token()).token

    gate.clock.ahead = LIFETIME - timedelta(seconds=5)
    assert gate.sessions.verify(token) is not None
    gate.clock.ahead = LIFETIME
    assert gate.sessions.verify(token) is None


def test_only_the_hash_of_a_session_is_stored(gate: Gate, issuer: Issuer, tmp_path: Path) -> None:
    token = gate.publishing.exchange(issuer.token()).token
    gate.database.close()

    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert token.encode() not in stored
    assert token.removeprefix("ods_").encode() not in stored


def signed(claims: dict[str, Any], issuer: Issuer, **header: object) -> str:
    kid, key = next(iter(issuer.keys.items()))
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": kid, **header})


def encoded(document: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def alg_none(issuer: Issuer) -> str:
    return f"{encoded({'alg': 'none', 'kid': 'first'})}.{encoded(issuer.claims())}."


def alg_none_spelt_otherwise(issuer: Issuer) -> str:
    return f"{encoded({'alg': 'NoNe', 'kid': 'first'})}.{encoded(issuer.claims())}."


def hs256_with_the_public_key(issuer: Issuer) -> str:
    """The classic confusion: the public key, which everybody has, as the secret of an HMAC."""
    public = next(iter(issuer.keys.values())).public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    text = f"{encoded({'alg': 'HS256', 'kid': 'first'})}.{encoded(issuer.claims())}"
    mac = hmac.new(pem, text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def other_key(issuer: Issuer) -> str:
    return jwt.encode(issuer.claims(), new_key(), algorithm="RS256", headers={"kid": "first"})


def embedded_jwk(issuer: Issuer) -> str:
    key = new_key()
    return jwt.encode(
        issuer.claims(), key, algorithm="RS256", headers={"kid": "first", "jwk": public_jwk(key, "first")}
    )


def swapped_payload(issuer: Issuer) -> str:
    head, _, signature = issuer.token().split(".")
    return f"{head}.{encoded(issuer.claims(repository_id='9'))}.{signature}"


def cut_signature(issuer: Issuer) -> str:
    return issuer.token().rpartition(".")[0] + "."


def other_rsa_algorithm(issuer: Issuer) -> str:
    return jwt.encode(issuer.claims(), issuer.keys["first"], algorithm="RS512", headers={"kid": "first"})


def pss(issuer: Issuer) -> str:
    return jwt.encode(issuer.claims(), issuer.keys["first"], algorithm="PS256", headers={"kid": "first"})


def elliptic(issuer: Issuer) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return jwt.encode(issuer.claims(), key, algorithm="ES256", headers={"kid": "first"})


def without_kid(issuer: Issuer) -> str:
    return jwt.encode(issuer.claims(), issuer.keys["first"], algorithm="RS256")


def unknown_kid(issuer: Issuer) -> str:
    return signed(issuer.claims(), issuer, kid="unknown")


def path_as_kid(issuer: Issuer) -> str:
    return signed(issuer.claims(), issuer, kid="../../etc/passwd")


def critical_header(issuer: Issuer) -> str:
    return signed(issuer.claims(), issuer, crit=["exp"], exp=0)


def deeply_nested(issuer: Issuer) -> str:
    head = base64.urlsafe_b64encode(b"[" * 11_000).rstrip(b"=").decode()
    return f"{head}.{encoded(issuer.claims())}.AAAA"


def not_ascii(issuer: Issuer) -> str:
    return issuer.token() + "\ud800"


def enormous(issuer: Issuer) -> str:
    return issuer.token(padding="x" * 20_000)


def claims(**changes: object) -> Callable[[Issuer], str]:
    """A token that the issuer signed properly, with other claims."""

    def make(issuer: Issuer) -> str:
        now = int(time.time())
        return issuer.token(**{name: value(now) if callable(value) else value for name, value in changes.items()})

    return make


def drop(name: str) -> Callable[[Issuer], str]:
    """A token that the issuer signed properly, without a claim."""
    return claims(**{name: None})


ATTACKS: dict[str, tuple[Callable[[Issuer], str], str]] = {
    "alg none": (alg_none, "RS256 by a key that is named"),
    "alg NoNe": (alg_none_spelt_otherwise, "RS256 by a key that is named"),
    "HS256 with the public key": (hs256_with_the_public_key, "RS256 by a key that is named"),
    "another key": (other_key, "InvalidSignature"),
    "a key embedded in the header": (embedded_jwk, "InvalidSignature"),
    "swapped payload": (swapped_payload, "InvalidSignature"),
    "signature cut off": (cut_signature, "InvalidSignature"),
    "RS512": (other_rsa_algorithm, "RS256 by a key that is named"),
    "PS256": (pss, "RS256 by a key that is named"),
    "ES256": (elliptic, "RS256 by a key that is named"),
    "no kid": (without_kid, "RS256 by a key that is named"),
    "unknown kid": (unknown_kid, "does not publish"),
    "a path as kid": (path_as_kid, "does not publish"),
    "critical header": (critical_header, "InvalidToken"),
    "deeply nested header": (deeply_nested, "DecodeError"),
    "half of a surrogate pair": (not_ascii, "no token at all"),
    "enormous": (enormous, "too long"),
    "empty": (lambda issuer: "", "DecodeError"),
    "not a token": (lambda issuer: "a.b.c", "DecodeError"),
    "expired": (claims(exp=lambda now: now - 35), "ExpiredSignature"),
    "not valid yet": (claims(nbf=lambda now: now + 60), "ImmatureSignature"),
    "issued in the future": (claims(iat=lambda now: now + 60), "ImmatureSignature"),
    "exp as text": (claims(exp=lambda now: str(now + 300)), "token.exp"),
    "exp as fraction": (claims(exp=lambda now: now + 300.5), "token.exp"),
    "exp beyond the calendar": (claims(exp=10**30), "token.exp"),
    "nbf as text": (claims(nbf=lambda now: str(now - 5)), "token.nbf"),
    "no exp": (drop("exp"), "MissingRequiredClaim"),
    "no nbf": (drop("nbf"), "MissingRequiredClaim"),
    "no iat": (drop("iat"), "MissingRequiredClaim"),
    "no jti": (drop("jti"), "MissingRequiredClaim"),
    "empty jti": (claims(jti=""), "token.jti"),
    "no issuer": (drop("iss"), "MissingRequiredClaim"),
    "other issuer": (claims(iss="https://token.actions.example"), "InvalidIssuer"),
    "issuer with a slash": (lambda issuer: issuer.token(iss=f"{issuer.url}/"), "InvalidIssuer"),
    "no audience": (drop("aud"), "MissingRequiredClaim"),
    "other audience": (claims(aud="https://pypi.org"), "InvalidAudience"),
    "audience as a list": (claims(aud=[AUDIENCE]), "InvalidAudience"),
    "audience among others": (claims(aud=[AUDIENCE, "https://pypi.org"]), "InvalidAudience"),
    "audience with a suffix": (claims(aud=f"{AUDIENCE}.evil.example"), "InvalidAudience"),
    "other repository": (claims(repository_id="7002"), "no dataset trusts"),
    "repository number as number": (claims(repository_id=7001), "token.repository_id"),
    "no repository number": (drop("repository_id"), "token.repository_id"),
    "same name, new owner": (claims(repository_owner_id="66"), "no dataset trusts"),
    "no owner number": (drop("repository_owner_id"), "token.repository_owner_id"),
    "other workflow": (
        claims(job_workflow_ref=f"{REPOSITORY}/.github/workflows/test.yml@refs/heads/main"),
        "no dataset trusts",
    ),
    "workflow of another repository": (
        claims(job_workflow_ref="eve/x/.github/workflows/publish.yml@refs/heads/main"),
        "no dataset trusts",
    ),
    "workflow from another branch": (
        claims(job_workflow_ref=f"{REPOSITORY}/.github/workflows/publish.yml@refs/heads/x"),
        "no dataset trusts",
    ),
    "workflow with a prefix": (
        claims(job_workflow_ref=f"{REPOSITORY}/.github/workflows/a/publish.yml@refs/heads/main"),
        "no dataset trusts",
    ),
    "no workflow": (drop("job_workflow_ref"), "token.job_workflow_ref"),
    "other branch": (
        claims(ref="refs/heads/evil", job_workflow_ref=f"{REPOSITORY}/.github/workflows/publish.yml@refs/heads/evil"),
        "no dataset trusts",
    ),
    "tag named like the branch": (
        claims(ref="refs/tags/main", job_workflow_ref=f"{REPOSITORY}/.github/workflows/publish.yml@refs/tags/main"),
        "no dataset trusts",
    ),
    "no ref": (drop("ref"), "token.ref"),
    "pull request": (claims(event_name="pull_request"), "pull request"),
    "pull request with the base's rights": (claims(event_name="pull_request_target"), "pull request"),
    "review of a pull request": (claims(event_name="pull_request_review"), "pull request"),
    "no event": (drop("event_name"), "token.event_name"),
}
"""Tokens, and what each is refused for."""


@pytest.mark.parametrize(("attack", "reason"), ATTACKS.values(), ids=ATTACKS.keys())
def test_a_token_that_breaks_a_rule_opens_no_session(
    attack: Callable[[Issuer], str], reason: str, gate: Gate, issuer: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    token = attack(issuer)

    with pytest.raises(TokenRejected, match=re.escape(reason)) as rejected:
        gate.publishing.exchange(token)

    assert gate.count("sessions") == 0
    assert gate.count("spent_tokens") == 0
    assert not token or token not in f"{rejected.value} {rejected.value.hint} {caplog.text}"


def test_keys_that_a_token_points_to_are_never_fetched(gate: Gate, issuer: Issuer) -> None:
    with running_issuer() as elsewhere:
        key, jku = elsewhere.keys["first"], f"{elsewhere.url}/.well-known/jwks"
        header = {"kid": "first", "jku": jku, "x5u": jku}
        with pytest.raises(TokenRejected):
            gate.publishing.exchange(jwt.encode(issuer.claims(), key, algorithm="RS256", headers=header))
        assert elsewhere.asked == 0


def test_a_clock_that_is_half_a_minute_off_is_forgiven(gate: Gate, issuer: Issuer) -> None:
    now = int(time.time())

    assert gate.publishing.exchange(issuer.token(exp=now - 20))
    assert gate.publishing.exchange(issuer.token(nbf=now + 20))


def test_what_sub_says_does_not_matter(gate: Gate, issuer: Issuer) -> None:
    assert gate.publishing.exchange(issuer.token(sub=None))
    assert gate.publishing.exchange(issuer.token(sub="repo:eve/evil:ref:refs/heads/main"))


def test_a_renamed_repository_stays_trusted(gate: Gate, issuer: Issuer) -> None:
    renamed = "ada/rainfall"
    workflow = f"{renamed}/.github/workflows/publish.yml@refs/heads/main"

    assert gate.publishing.exchange(issuer.token(repository=renamed, job_workflow_ref=workflow))


def test_a_publisher_may_be_bound_to_an_environment(gate: Gate, issuer: Issuer) -> None:
    gate.register("ada/snow")
    gate.publishers.add(TrustedPublisher("ada/snow", "7001", "41", "publish.yml", environment="Production"))

    assert gate.publishing.exchange(issuer.token()).session.datasets == (DATASET,)
    assert gate.publishing.exchange(issuer.token(environment="staging")).session.datasets == (DATASET,)
    assert gate.publishing.exchange(issuer.token(environment="production")).session.datasets == (DATASET, "ada/snow")


def test_real_claims_of_2026_match_by_number(gate: Gate, issuer: Issuer, shared_data: Path) -> None:
    sample = shared_data / "github" / "oidc_claims_2026_immutable_sub.json"
    if not sample.is_file():
        pytest.skip("the sample of real claims is not present")
    real = json.loads(sample.read_text())
    gate.register("claims/real")
    workflow = real["job_workflow_ref"].split("/")[-3].partition("@")[0]
    ids = (real["repository_id"], real["repository_owner_id"])
    gate.publishers.add(TrustedPublisher("claims/real", *ids, workflow, ref=real["ref"]))
    current = {name: value for name, value in issuer.claims().items() if name in ("iss", "aud", "iat", "nbf", "exp")}

    session = gate.publishing.exchange(issuer.token(**(real | current))).session

    assert session.datasets == ("claims/real",)
    assert session.principal == f"github:{real['repository_id']}"


def test_of_twenty_that_show_one_token_one_gets_a_session(database_url: str, issuer: Issuer) -> None:
    database = open_database(database_url)
    gate = Gate(database, issuer.url)
    gate.register(DATASET)
    gate.publishers.add(TRUSTED)
    token = issuer.token()

    def attempt(_: int) -> str:
        try:
            gate.publishing.exchange(token)
        except TokenRejected as error:
            return error.message
        return "session"

    with ThreadPoolExecutor(20) as pool:
        outcomes = Counter(pool.map(attempt, range(20)))

    assert outcomes == {"session": 1, "the token was used before": 19}
    assert gate.count("sessions") == 1
    database.close()


def test_a_used_token_stays_used_over_a_restart(gate: Gate, issuer: Issuer, tmp_path: Path) -> None:
    token = issuer.token()
    gate.publishing.exchange(token)
    gate.database.close()

    database = open_database(f"sqlite:///{tmp_path / 'gateway.db'}")
    with pytest.raises(TokenRejected, match="used before"):
        Gate(database, issuer.url).publishing.exchange(token)
    database.close()


def test_a_used_token_is_remembered_as_long_as_it_is_valid(gate: Gate, issuer: Issuer) -> None:
    gate.publishing.exchange(issuer.token())

    gate.clock.ahead = timedelta(seconds=320)
    gate.publishing.exchange(issuer.token())
    assert gate.count("spent_tokens") == 2
    gate.clock.ahead = timedelta(seconds=340)
    gate.publishing.exchange(issuer.token())
    assert gate.count("spent_tokens") == 1


def test_a_token_that_no_dataset_trusts_is_not_used_up(gate: Gate, issuer: Issuer) -> None:
    gate.publishers.remove(TRUSTED)
    token = issuer.token()
    with pytest.raises(TokenRejected, match="no dataset trusts"):
        gate.publishing.exchange(token)

    gate.publishers.add(TRUSTED)
    assert gate.publishing.exchange(token)


def test_a_new_key_is_found_without_a_restart(gate: Gate, issuer: Issuer) -> None:
    gate.publishing.exchange(issuer.token())
    before = dict(issuer.keys)
    try:
        issuer.rotate("second")
        with pytest.raises(TokenRejected, match="does not publish"):
            gate.publishing.exchange(issuer.token())
        gate.clock.ahead = timedelta(seconds=61)
        assert gate.publishing.exchange(issuer.token())
        assert issuer.asked == 2
    finally:
        issuer.keys = before


def test_the_issuer_is_asked_at_most_once_a_minute(gate: Gate, issuer: Issuer) -> None:
    def attempt(_: int) -> None:
        with pytest.raises(TokenRejected):
            gate.publishing.exchange(unknown_kid(issuer))

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(attempt, range(40)))

    assert issuer.asked == 1


TROUBLE = {
    "down": (503, b"later"),
    "not JSON": (200, b"<html>"),
    "another shape": (200, b'{"keys": 1}'),
    "a key that is none": (200, b'{"keys": [{"kid": "first", "kty": "RSA", "n": "!", "e": "AQAB"}]}'),
    "ten megabytes": (200, b'{"keys": [' + b'{"kid": "x"},' * 800_000 + b"{}]}"),
}


@pytest.mark.parametrize("answer", TROUBLE.values(), ids=TROUBLE.keys())
def test_without_keys_no_token_is_believed(answer: tuple[int, bytes], gate: Gate, issuer: Issuer) -> None:
    issuer.answer = answer

    for _ in range(3):
        with pytest.raises(IssuerUnavailable):
            gate.publishing.exchange(issuer.token())
    assert issuer.asked == 1

    issuer.answer = None
    gate.clock.ahead = timedelta(seconds=61)
    assert gate.publishing.exchange(issuer.token())


def test_a_redirect_of_the_keys_is_not_followed(gate: Gate, issuer: Issuer) -> None:
    with running_issuer() as elsewhere:
        issuer.answer = (302, f"{elsewhere.url}/.well-known/jwks".encode())
        with pytest.raises(IssuerUnavailable):
            gate.publishing.exchange(issuer.token())
        assert elsewhere.asked == 0


def test_known_keys_are_believed_for_an_hour_while_the_issuer_is_down(gate: Gate, issuer: Issuer) -> None:
    gate.publishing.exchange(issuer.token())
    issuer.answer = (503, b"")

    gate.clock.ahead = timedelta(minutes=59)
    assert gate.publishing.exchange(issuer.token())
    gate.clock.ahead = timedelta(minutes=61)
    with pytest.raises(IssuerUnavailable):
        gate.publishing.exchange(issuer.token())


def test_a_short_key_is_not_believed(gate: Gate, issuer: Issuer) -> None:
    before = dict(issuer.keys)
    try:
        issuer.keys = {"short": new_key(1024)}
        with pytest.warns(jwt.InsecureKeyLengthWarning):
            token = issuer.token()
        with pytest.raises(TokenRejected, match="does not publish"):
            gate.publishing.exchange(token)
    finally:
        issuer.keys = before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dataset", "../rain"),
        ("repository_id", "ada/weather"),
        ("repository_id", "0"),
        ("repository_owner_id", ""),
        ("workflow", "../publish.yml"),
        ("workflow", "publish.yml@refs/heads/evil"),
        ("workflow", "publish.sh"),
        ("ref", "main"),
        ("ref", "refs/pull/7/merge"),
        ("environment", "a\nb"),
    ],
)
def test_a_publisher_that_could_match_too_much_is_refused(field: str, value: str) -> None:
    fields = {
        "dataset": DATASET,
        "repository_id": "7001",
        "repository_owner_id": "41",
        "workflow": "publish.yml",
        "ref": "refs/heads/main",
    }
    with pytest.raises(InvalidValue, match=field):
        TrustedPublisher(**{**fields, field: value})


def test_a_publisher_must_be_bound_to_a_ref_or_an_environment() -> None:
    with pytest.raises(InvalidValue, match="a ref or an environment"):
        TrustedPublisher(DATASET, "7001", "41", "publish.yml")


def test_publishers_are_kept_per_dataset(gate: Gate) -> None:
    gate.publishers.add(TRUSTED)
    assert gate.publishers.list(DATASET) == [TRUSTED]
    gate.publishers.remove(TRUSTED)
    assert gate.publishers.list(DATASET) == []
    with pytest.raises(NotFound):
        gate.publishers.remove(TRUSTED)
    with pytest.raises(DatasetNotFound):
        gate.publishers.add(TrustedPublisher("ada/none", "7001", "41", "publish.yml", ref="refs/heads/main"))
