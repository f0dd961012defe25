"""How keys and owners get to the edge: exported as SQL, which D1 takes by the commands that the docs name."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from opendata.stores.store import utc_now

from opendata_platform.gateway.admin import export
from opendata_platform.gateway.database import Database, open_database
from opendata_platform.gateway.keys import Keys
from opendata_platform.gateway.plans import GIB, PLANS, Policy
from opendata_platform.gateway.principal import Principal
from opendata_platform.gateway.registry import Registry
from tests.fixtures.edge import EDGE, require_node
from tests.fixtures.gateway import metadata

OWNER = "o'neil; --\n"


def exported(url: str) -> str:
    """What `odp gateway export` prints."""
    done = CliRunner(env={"OPENDATA_GATEWAY_DATABASE": url}).invoke(export)
    assert done.exit_code == 0
    return done.stdout


def run_statements(database: Database, script: str) -> None:
    with database.transaction() as tx:
        for statement in script.split(";\n"):
            if statement.strip():
                tx.execute(statement)


def test_an_exported_key_is_known_elsewhere_and_a_revoked_one_no_more(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'gateway.db'}"
    here, there = open_database(url), open_database(f"sqlite:///{tmp_path / 'edge.db'}")
    keys = Keys(here, utc_now)
    kept, ended = keys.create("o'neil", "pro", ["ada/rain"]), keys.create("eve", "free")
    Registry(here).create(metadata("ada/rain", visibility="private"), Principal("key:a", "ada", "free"))

    first = exported(url)
    run_statements(there, first)
    assert Keys(there, utc_now).verify(kept.token) == kept.key
    assert Keys(there, utc_now).verify(ended.token) == ended.key
    registered = Registry(there).find("ada/rain")
    assert registered is not None
    assert (registered.owner, registered.metadata.listed) == ("ada", False)
    assert kept.token not in first

    keys.revoke(ended.key.prefix)
    run_statements(there, exported(url))
    assert Keys(there, utc_now).verify(ended.token) is None
    assert Keys(there, utc_now).verify(kept.token) == kept.key
    here.close()
    there.close()


def wrangler(*arguments: str, state: Path) -> str:
    """Run wrangler in the folder of the edge over a local state; returns what it prints."""
    command = ["npx", "--no-install", "wrangler", *arguments, "--local", "--persist-to", str(state)]
    environment = {**os.environ, "WRANGLER_SEND_METRICS": "false", "CI": "true"}
    done = subprocess.run(command, cwd=EDGE, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_d1_takes_the_migrations_and_the_export_by_the_documented_commands(tmp_path: Path) -> None:
    require_node()
    url = f"sqlite:///{tmp_path / 'gateway.db'}"
    database = open_database(url)
    keys = Keys(database, utc_now)
    issued = [keys.create(owner, "pro") for owner in (OWNER, "雨")]
    Registry(database).create(metadata("ada/rain"), Principal("key:a", "ada", "free"))
    database.close()
    script = tmp_path / "edge.sql"
    script.write_text(exported(url), encoding="utf-8")

    state = tmp_path / "state"
    wrangler("d1", "migrations", "apply", "DATABASE", state=state)
    for _ in range(2):
        wrangler("d1", "execute", "DATABASE", "--file", str(script), "--yes", state=state)
    question = "SELECT prefix, owner FROM api_keys"
    answer: list[dict[str, Any]] = json.loads(
        wrangler("d1", "execute", "DATABASE", "--json", "--command", question, state=state)
    )

    owners = {row["prefix"]: row["owner"] for row in answer[0]["results"]}
    assert owners == {item.key.prefix: item.key.owner for item in issued}


@pytest.mark.slow
def test_the_worker_is_bundled_as_it_would_be_deployed(tmp_path: Path) -> None:
    require_node()
    command = ["npx", "--no-install", "wrangler", "deploy", "--dry-run", "--outdir", str(tmp_path)]
    done = subprocess.run(command, cwd=EDGE, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "index.js").is_file()


def test_the_edge_has_the_plans_and_ceilings_of_the_service() -> None:
    source = (EDGE / "src" / "plans.ts").read_text(encoding="utf-8").replace("_", "")
    plans = re.findall(r"(\w+): \{ requests: (\d+), downloads: (\d+), bytes: (\d+) \* GIB \}", source)
    assert {name: tuple(map(int, figures)) for name, *figures in plans} == {
        plan.name: (plan.requests_per_minute, plan.downloads_per_day, plan.bytes_per_day // GIB)
        for plan in PLANS.values()
    }
    policy = Policy()
    assert [int(figure) for figure in re.findall(r"^  \w+: (\d+),$", source, re.MULTILINE)] == [
        policy.requests_per_minute_of_address,
        policy.requests_per_minute_of_namespace,
        policy.failed_attempts_per_minute_of_address,
        policy.failed_attempts_per_minute_of_prefix,
    ]
