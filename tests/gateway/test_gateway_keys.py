"""API keys: what is handed out, what is kept, who is let in, and what guessing gets."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from opendata.contract.canonical import sha256
from opendata.errors import InvalidValue, NotFound

from opendata_platform.gateway import keys as keys_module
from opendata_platform.gateway.admin import keys as keys_command
from opendata_platform.gateway.admin import publishers as publishers_command
from opendata_platform.gateway.admin import usage as usage_command
from opendata_platform.gateway.database import open_database
from opendata_platform.gateway.errors import Forbidden, RateLimited, Unauthenticated
from opendata_platform.gateway.keys import prefix_of
from opendata_platform.gateway.principal import ADMIN, ANONYMOUS, Principal
from opendata_platform.gateway.registry import Registry
from tests.gateway.access import ADMIN_TOKEN, Desk, bearer

HOME = "192.0.2.7"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    database = open_database(f"sqlite:///{tmp_path / 'gateway.db'}")
    yield Desk(database)
    database.close()


def test_a_key_lets_its_owner_in(desk: Desk) -> None:
    issued = desk.keys.create("ada", "pro", ["ada/rain"])

    principal = desk.access.authenticate(bearer(issued.token), HOME)

    assert principal.id == f"key:{issued.key.prefix}"
    assert (principal.owner, principal.plan, principal.datasets) == ("ada", "pro", frozenset({"ada/rain"}))
    assert desk.access.authenticate({}, HOME) is ANONYMOUS
    assert desk.access.authenticate(bearer(ADMIN_TOKEN), HOME) is ADMIN


def test_a_key_of_no_dataset_in_particular_is_its_owners(desk: Desk) -> None:
    issued = desk.keys.create("ada", "free")

    assert desk.access.authenticate(bearer(issued.token), HOME).datasets is None


ABOUT = {"meta_version": 1, "title": "Rain", "description": "Rain.", "license": "CC0-1.0", "source": "gauges"}


@pytest.mark.parametrize("reach", [["ada/rain"], ["ada/*"], None])
def test_a_key_does_not_reach_what_its_owner_does_not_own(reach: list[str] | None, desk: Desk) -> None:
    registry = Registry(desk.database)
    ada, eve = (
        desk.access.authenticate(bearer(desk.keys.create(owner, "free", reach).token), HOME) for owner in ("ada", "eve")
    )
    registry.create({**ABOUT, "id": "ada/rain", "repo": "https://example.org/ada/weather"}, ada)

    assert registry.to_publish("ada/rain", ada).id == "ada/rain"
    with pytest.raises(Forbidden):
        registry.to_publish("ada/rain", eve)


def test_a_key_of_some_datasets_reaches_no_other_of_its_owner(desk: Desk) -> None:
    registry = Registry(desk.database)
    registry.create({**ABOUT, "id": "ada/rain", "repo": "https://example.org/ada/weather"}, Principal("key:1", "ada"))
    narrow = desk.access.authenticate(bearer(desk.keys.create("ada", "free", ["ada/snow"]).token), HOME)

    with pytest.raises(Forbidden):
        registry.to_publish("ada/rain", narrow)


def test_a_key_is_long_random_and_shown_once(desk: Desk, tmp_path: Path) -> None:
    tokens = [desk.keys.create("ada", "free").token for _ in range(50)]

    secrets = {token.rpartition("_")[2] for token in tokens}
    assert len(secrets) == 50
    assert all(len(secret) * 4 >= 128 and re.fullmatch("[0-9a-f]+", secret) for secret in secrets)
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert all(sha256(token.encode()).encode() in stored for token in tokens)
    assert not any(secret.encode() in stored for secret in secrets)


def test_a_key_does_not_show_in_its_repr(desk: Desk) -> None:
    issued = desk.keys.create("ada", "free")

    assert issued.token not in repr(issued)
    assert issued.key.prefix in repr(issued)


def wrong_secret(desk: Desk) -> str:
    token = desk.keys.create("ada", "free").token
    return token[:-1] + ("0" if token[-1] != "0" else "1")


def revoked(desk: Desk) -> str:
    issued = desk.keys.create("ada", "free")
    desk.keys.revoke(issued.key.prefix)
    return issued.token


WRONG: dict[str, Callable[[Desk], str]] = {
    "unknown": lambda desk: f"odk_{'0' * 12}_{'0' * 48}",
    "wrong secret": wrong_secret,
    "revoked": revoked,
    "malformed": lambda desk: "odk_",
    "upper case": lambda desk: desk.keys.create("ada", "free").token.upper(),
    "trailing newline": lambda desk: desk.keys.create("ada", "free").token + "\n",
    "unknown session": lambda desk: f"ods_{'0' * 64}",
    "hash of a key": lambda desk: sha256(desk.keys.create("ada", "free").token.encode()),
    "admin token cut short": lambda desk: ADMIN_TOKEN[:-1],
    "empty": lambda desk: "",
}


@pytest.mark.parametrize("make", WRONG.values(), ids=WRONG.keys())
def test_every_wrong_credential_gets_the_same_answer(make: Callable[[Desk], str], desk: Desk) -> None:
    token = make(desk)

    with pytest.raises(Unauthenticated) as refused:
        desk.access.authenticate(bearer(token), HOME)

    assert refused.value.message == "the credential is not one that is in force"
    assert not token.strip() or token not in str(refused.value)


def test_a_credential_is_only_taken_as_a_bearer_token(desk: Desk) -> None:
    token = desk.keys.create("ada", "free").token

    for header in (f"Basic {token}", token, f"Bearer  {token}", f"Bearer {token} x"):
        with pytest.raises(Unauthenticated):
            desk.access.authenticate({"authorization": header}, HOME)
    assert desk.access.authenticate({"authorization": f"bearer {token}"}, HOME).owner == "ada"


@pytest.mark.parametrize("make", [WRONG["unknown"], WRONG["revoked"], WRONG["wrong secret"]])
def test_a_key_is_compared_in_constant_time_whether_or_not_it_exists(
    make: Callable[[Desk], str], desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = make(desk)
    compared: list[tuple[int, int]] = []
    compare = keys_module.hmac.compare_digest

    def spy(one: str, other: str) -> bool:
        compared.append((len(one), len(other)))
        return compare(one, other)

    monkeypatch.setattr(keys_module.hmac, "compare_digest", spy)
    assert desk.keys.verify(token) is None
    assert compared == [(64, 64)]


def test_guessing_from_one_address_is_soon_not_answered(desk: Desk) -> None:
    good = desk.keys.create("ada", "free").token

    def guess(number: int) -> str:
        try:
            desk.access.authenticate(bearer(f"odk_{number:012x}_{'0' * 48}"), "198.51.100.1")
        except (Unauthenticated, RateLimited) as error:
            return error.code
        return "let in"

    with ThreadPoolExecutor(20) as pool:
        outcomes = Counter(pool.map(guess, range(200)))

    assert outcomes == {"unauthenticated": 10, "rate_limited": 190}
    with pytest.raises(RateLimited) as refused:
        desk.access.authenticate(bearer(good), "198.51.100.1")
    assert refused.value.headers["Retry-After"] == "30"
    assert desk.access.authenticate(bearer(good), HOME).owner == "ada"
    desk.clock.turn(seconds=30)
    assert desk.access.authenticate(bearer(good), "198.51.100.1").owner == "ada"


def test_guessing_at_one_key_from_many_addresses_is_soon_not_answered(desk: Desk) -> None:
    token = wrong_secret(desk)

    outcomes = Counter()
    for number in range(100):
        with pytest.raises((Unauthenticated, RateLimited)) as refused:
            desk.access.authenticate(bearer(token), f"203.0.113.{number}")
        outcomes[type(refused.value)] += 1

    assert outcomes == {Unauthenticated: 30, RateLimited: 70}


def test_addresses_of_one_ipv6_network_count_as_one(desk: Desk) -> None:
    for number in range(10):
        with pytest.raises(Unauthenticated):
            desk.access.authenticate(bearer("x"), f"2001:db8:0:1::{number:x}")

    with pytest.raises(RateLimited):
        desk.access.authenticate(bearer("x"), "2001:db8:0:1:ffff::1")
    with pytest.raises(Unauthenticated):
        desk.access.authenticate(bearer("x"), "2001:db8:0:2::1")


def test_an_ipv4_address_is_itself_however_it_is_written(desk: Desk) -> None:
    for _ in range(10):
        with pytest.raises(Unauthenticated):
            desk.access.authenticate(bearer("x"), "::ffff:192.0.2.7")

    with pytest.raises(RateLimited):
        desk.access.authenticate(bearer("x"), "192.0.2.7")
    with pytest.raises(Unauthenticated):
        desk.access.authenticate(bearer("x"), "::ffff:192.0.2.8")


def test_guessing_at_workflow_tokens_is_limited_too(desk: Desk) -> None:
    for _ in range(10):
        with pytest.raises(Unauthenticated):
            desk.access.exchange("a.b.c", HOME)

    with pytest.raises(RateLimited):
        desk.access.exchange("a.b.c", HOME)


def test_the_right_credential_is_never_counted_as_an_attempt(desk: Desk) -> None:
    token = desk.keys.create("ada", "free").token

    for _ in range(50):
        assert desk.access.authenticate(bearer(token), HOME).owner == "ada"


@given(st.text(max_size=90))
def test_only_the_exact_form_of_a_key_has_a_prefix(text: str) -> None:
    assert (prefix_of(text) is not None) == bool(re.fullmatch(r"odk_[0-9a-f]{12}_[0-9a-f]{48}", text))


def test_a_key_is_revoked_by_its_owner_and_by_no_other(desk: Desk) -> None:
    issued = desk.keys.create("ada", "free")

    with pytest.raises(NotFound):
        desk.keys.revoke(issued.key.prefix, "eve")
    assert desk.keys.verify(issued.token) is not None
    ended = desk.keys.revoke(issued.key.prefix, "ada")
    desk.clock.turn(hours=1)
    assert desk.keys.revoke(issued.key.prefix).revoked_at == ended.revoked_at
    assert desk.keys.verify(issued.token) is None


def test_keys_are_listed_by_owner(desk: Desk) -> None:
    desk.keys.create("ada", "free")
    desk.clock.turn(seconds=1)
    desk.keys.create("eve", "pro")

    assert [key.owner for key in desk.keys.list()] == ["ada", "eve"]
    assert [key.plan for key in desk.keys.list("eve")] == ["pro"]


def test_a_key_needs_an_owner_a_plan_and_real_datasets(desk: Desk) -> None:
    with pytest.raises(InvalidValue, match="owner"):
        desk.keys.create(" ", "free")
    with pytest.raises(InvalidValue, match="plan"):
        desk.keys.create("ada", "anonymous")
    with pytest.raises(InvalidValue, match="datasets"):
        desk.keys.create("ada", "free", ["ada/../rain"])


def test_no_credential_reaches_a_log(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    shown = [desk.keys.create("ada", "free").token, *(make(desk) for make in WRONG.values())]

    for number, token in enumerate(shown):
        try:
            desk.access.authenticate(bearer(token), f"203.0.113.{number}")
        except Unauthenticated as error:
            logging.getLogger("test").warning("refused", exc_info=error)

    assert "the credential is not one that is in force" in caplog.text
    assert not [token for token in shown if len(token) > 8 and token in caplog.text]


def test_the_operator_makes_lists_and_revokes_keys(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'gateway.db'}"
    runner = CliRunner(env={"OPENDATA_GATEWAY_DATABASE": url})

    made = runner.invoke(keys_command, ["create", "--owner", "ada", "--plan", "pro", "--dataset", "ada/rain"])
    token = made.stdout.strip()
    prefix = prefix_of(token)
    assert prefix is not None
    listed = runner.invoke(keys_command, ["list"]).output
    assert prefix in listed
    assert "ada/rain" in listed
    assert token not in listed
    assert "revoked" in runner.invoke(keys_command, ["revoke", prefix]).output
    database = open_database(url)
    assert Desk(database).keys.verify(token) is None
    database.close()


def test_the_operator_registers_publishers_and_sees_usage(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'gateway.db'}"
    database = open_database(url)
    Registry(database).create({**ABOUT, "id": "ada/rain", "repo": "https://example.org/ada/weather"}, ADMIN)
    database.close()
    runner = CliRunner(env={"OPENDATA_GATEWAY_DATABASE": url})
    publisher = ["ada/rain", "--repository-id", "7001", "--owner-id", "41", "--workflow", "publish.yml"]
    bound = [*publisher, "--ref", "refs/heads/main"]

    assert runner.invoke(publishers_command, ["add", *publisher]).exit_code == 1
    assert runner.invoke(publishers_command, ["add", *bound]).exit_code == 0
    assert (
        "repository 7001 of 41: publish.yml, refs/heads/main"
        in runner.invoke(publishers_command, ["list", "ada/rain"]).output
    )
    assert runner.invoke(publishers_command, ["remove", *bound]).exit_code == 0
    assert runner.invoke(publishers_command, ["list", "ada/rain"]).output == ""
    assert runner.invoke(usage_command, ["--days", "2", "--by", "key"]).output == ""
