"""The command `od`: data on stdout, the rest on stderr, and an exit code for every outcome."""

from __future__ import annotations

import json
import os
import pty
import signal
import socket
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import click
import polars as pl
import pytest
from opendata.cli import od
from opendata.cli.failures import guarded
from opendata.cli.help_zh import HELP
from opendata.errors import OpenDataError
from opendata.stores.local import LocalStore

from tests.cli.conftest import Command
from tests.fixtures.fault_proxy import Answer, fault_proxy
from tests.fixtures.web_server import WebServer
from tests.read.publishing import (
    BARS,
    PRICES,
    bars,
    prices,
    publish_bars,
)

EXIT_CODES = {
    "invalid_value": 1,
    "not_adjustable": 1,
    "not_point_in_time": 1,
    "upgrade_required": 1,
    "cache": 1,
    "missing_extra": 2,
    "not_found": 3,
    "dataset_not_found": 3,
    "version_not_found": 3,
    "not_locked": 3,
    "gone": 4,
    "integrity": 4,
    "rollback_refused": 4,
    "store": 5,
    "store_unavailable": 5,
    "store_full": 5,
    "backend_unsafe": 5,
    "offline": 5,
    "store_denied": 6,
    "conflict": 7,
    "commit_uncertain": 7,
    "gate_failed": 8,
    "stale_data": 8,
}

pytestmark = pytest.mark.usefixtures("environment")


def test_load_writes_csv_to_a_pipe_with_instants_in_utc(run: Command) -> None:
    code, out, err = run("load", BARS, "--columns", "open_time,trades", "--head", "2")
    assert (code, err) == (0, "")
    assert out == "open_time,trades\n2026-11-01T00:00:00.000Z,0\n2026-11-01T01:00:00.000Z,1\n"


def test_load_takes_symbols_and_says_which_have_no_row(run: Command) -> None:
    code, out, err = run("load", BARS, "--symbols", "btc,600000", "--columns", "symbol", "--head", "1")
    assert (code, out) == (0, "symbol\nBTC\n")
    assert err == "warning: 600000 has no row in what was loaded\n"


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--adjust", "qfq", "--adjust-base", "2026-11-01"], 1, "adjust"),
        (["--as-of", "2026-11-01"], 1, "became known"),
        (["--max-staleness", "1 hour"], 8, "at most 1 hour"),
        (["--adjust", "up"], 2, "qfq"),
    ],
)
def test_load_says_why_it_cannot_see_rows_so(run: Command, options: list[str], code: int, said: str) -> None:
    found, out, err = run("load", PRICES, *options)
    assert (found, out) == (code, "")
    assert said in err


def test_load_as_json_is_a_list_of_rows(run: Command) -> None:
    rows = run.json("load", BARS, "--start", "20261102", "--end", "2026-11-02")
    assert len(rows) == 24
    assert rows[0] == {"open_time": "2026-11-02T00:00:00.000Z", "symbol": "ETH", "close": 1.0, "trades": 0}


@pytest.mark.parametrize(
    ("suffix", "read"),
    [
        (".csv", lambda path: pl.read_csv(path, try_parse_dates=True)),
        (".parquet", pl.read_parquet),
        (".json", lambda path: pl.read_json(path).with_columns(pl.col("date").str.to_date())),
        (".jsonl", lambda path: pl.read_ndjson(path).with_columns(pl.col("date").str.to_date())),
    ],
)
def test_load_writes_files_in_the_format_of_their_name(run: Command, tmp_path: Path, suffix: str, read: Any) -> None:
    path = tmp_path / f"out{suffix}"
    code, out, err = run("load", f"{PRICES}@2026-11-20", "-o", str(path))
    assert (code, out) == (0, "")
    assert err.startswith(f"{path}: 10 rows, 2 columns")
    assert read(path).equals(prices(date(2026, 11, 20)))
    assert [item.name for item in tmp_path.glob("*out*")] == [path.name]


def test_a_failed_load_leaves_the_old_file_as_it_was(run: Command, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("old")
    assert run("load", "test/nothing", "-o", str(path))[0] == 3
    assert path.read_text() == "old"


def test_a_dry_run_shows_the_bytes_to_transfer(run: Command, web: WebServer) -> None:
    plan = run.json("load", BARS, "--dry-run")
    assert plan["files"] == 2
    assert plan["transfer"] == plan["bytes"] > 0
    run("load", BARS)
    assert run.json("load", BARS, "--dry-run")["transfer"] == 0


def test_head_shows_the_first_rows(run: Command) -> None:
    assert [row["trades"] for row in run.json("head", BARS, "-n", "3")] == [0, 1, 2]


def test_info_tells_everything_in_json_and_the_essentials_to_people(run: Command) -> None:
    info = run.json("info", BARS)
    assert (info["rows"], info["seq"], info["schema"]["columns"][0]["name"]) == (48, 1, "open_time")
    _, out, _ = run("info", PRICES, "--format", "human")
    assert "synthetic: not live data" in out
    assert "float64" in out


def test_search_finds_and_finding_nothing_is_no_failure(run: Command) -> None:
    assert [entry["id"] for entry in run.json("search", "bars")] == [BARS]
    assert run("search", "bars")[1].split("\t")[0] == BARS
    assert run("search", "unheard-of") == (0, "", "nothing found\n")
    assert run.json("search", "unheard-of") == []


def test_versions_lists_commits(run: Command, store: LocalStore) -> None:
    publish_bars(store, {"2026-11-01": bars("2026-11-01", close=2)})
    commits = run.json("versions", BARS)
    assert [(commit["seq"], commit["op"], commit["versions"]) for commit in commits] == [
        (2, "correct", ["2026-11-01.r2"]),
        (1, "publish", ["2026-11-01", "2026-11-02"]),
    ]


def test_verify_exits_with_4_and_names_the_object(run: Command, store: LocalStore) -> None:
    assert run("verify", BARS)[::2] == (0, "every object is as the commit says\n")
    path = store.folder / f"datasets/{BARS}/2026-11-02/data.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    code, out, _ = run("verify", BARS)
    assert code == 4
    assert out.startswith(f"datasets/{BARS}/2026-11-02/data.parquet\t")


def test_the_cache_is_listed_verified_and_pruned(run: Command, web: WebServer, tmp_path: Path) -> None:
    assert run("cache", "ls") == (0, "", "the cache is empty\n")
    run("load", BARS)
    assert len(run.json("cache", "ls")) == 2
    assert run("cache", "verify")[0] == 0
    blob = Path(run.json("cache", "ls")[0]["path"])
    blob.chmod(0o644)
    blob.write_bytes(b"damaged")
    code, out, _ = run("cache", "verify")
    assert (code, out.split("\t")[0]) == (4, blob.name)
    assert run("cache", "prune")[2] == "nothing found\n"
    assert len(run.json("cache", "prune", "--older-than", "0", "--dry-run")) == 1
    assert run("cache", "prune", "--older-than", "0", "-y")[0] == 0
    assert run.json("cache", "ls") == []


def test_env_shows_settings_but_no_secret(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENDATA_TOKEN", "tok-123")
    monkeypatch.setenv("OPENDATA_R2_SECRET_ACCESS_KEY", "sec-456")
    code, out, err = run("env")
    assert code == 0
    assert "OPENDATA_TOKEN\t(set)" in out
    assert not {"tok-123", "sec-456"} & {*out.split(), *err.split()}
    assert run.json("env")["cache"].endswith("cache")


@pytest.mark.parametrize(
    ("arguments", "code", "name"),
    [
        (("load", "test/nothing"), 3, "dataset_not_found"),
        (("load", BARS, "--version", "2030-01-01"), 3, "version_not_found"),
        (("load", "Not An Id"), 1, "invalid_value"),
        (("load", BARS, "--columns", "nonsense"), 1, "invalid_value"),
        (("load",), 2, "usage"),
        (("load", BARS, "--nonsense"), 2, "usage"),
        (("load", BARS, "-o", "x.xls"), 2, "usage"),
        (("nonsense",), 2, "usage"),
    ],
)
def test_failures_have_a_code_a_message_and_a_hint(
    run: Command, arguments: tuple[str, ...], code: int, name: str
) -> None:
    exit_code, out, err = run(*arguments)
    assert (exit_code, out) == (code, "")
    assert err.startswith("error: ")
    exit_code, out, err = run(*arguments, "--json")
    assert (exit_code, out) == (code, "")
    error = json.loads(err)["error"]
    assert error["code"] == name
    assert {"type", "message", "hint"} <= set(error)


def test_every_error_class_has_its_exit_code() -> None:
    classes = {each for each in every_subclass(OpenDataError) if each.__module__ == "opendata.errors"}
    assert {each.code: each.exit_code for each in classes} == EXIT_CODES


def test_an_outage_and_damage_have_their_own_codes(
    run: Command, store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("opendata.stores.retry.FIRST_PAUSE", 0.001)
    path = store.folder / f"datasets/{BARS}/2026-11-02/data.parquet"
    path.write_bytes(b"x" * path.stat().st_size)
    assert run("load", BARS)[0] == 4
    path.unlink()
    assert run("load", BARS)[0] == 4
    monkeypatch.setenv("OPENDATA_ENDPOINT", "http://127.0.0.1:9")
    code, _, err = run("load", BARS)
    assert code == 5
    assert "hint: " in err
    assert run("load", BARS, "--offline")[0] == 5


def test_offline_warns_on_stderr_and_prints_the_data(run: Command, web: WebServer) -> None:
    run("load", BARS)
    code, out, err = run("load", BARS, "--offline")
    assert (code, len(out.splitlines())) == (0, 49)
    assert err.startswith("warning: offline: ")


def test_quiet_prints_nothing(run: Command) -> None:
    for arguments in (("load", BARS), ("info", BARS), ("search", "nothing-like-it"), ("verify", BARS)):
        assert run(*arguments, "--format", "quiet") == (0, "", "")


def test_people_who_read_chinese_get_chinese(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    code, _, err = run("load", "test/nothing")
    assert code == 3
    assert err.startswith("错误: 没有这个数据集: test/nothing")
    assert "提示: " in err
    _, out, _ = run("search", "价格", "--format", "human")
    assert out.splitlines()[0].split() == ["标识", "标题", "行数", "更新时间"]
    assert "价格" in out
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert run("load", "test/nothing")[2].startswith("error: ")


def test_every_verb_explains_itself_with_examples(run: Command) -> None:
    for name in od.commands:
        code, out, err = run(name, "--help")
        assert (code, err) == (0, "")
        assert f"od {name}" in out
    assert "Examples:" in run("load", "--help")[1]


def test_an_interrupt_is_130() -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    assert guarded(interrupted, []) == 130


def test_ctrl_c_while_a_request_is_under_way_ends_with_130(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("OPENDATA_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        process = subprocess.Popen(
            [sys.executable, "-c", f"from opendata.cli import main; main(['load', '{BARS}'])"],
            stderr=subprocess.PIPE,
            text=True,
        )
        connection, _ = silent.accept()
        connection.recv(10)
        process.send_signal(signal.SIGINT)
        assert process.communicate()[1].strip() == "interrupted"
        assert process.returncode == 130
        connection.close()


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    command = f"{sys.executable} -c 'from opendata.cli import main; main()' load {BARS}"
    script = f"set -o pipefail; {command} | head -c 10 >/dev/null"
    result = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert result.stderr == ""
    assert result.returncode == 0


def test_a_person_on_a_terminal_gets_a_table_without_colours() -> None:
    reader, writer = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", "from opendata.cli import main; main(['search', 'bars'])"], stdout=writer, text=True
    )
    process.wait()
    os.close(writer)
    shown = os.read(reader, 10_000).decode()
    assert shown.split()[:4] == ["id", "title", "rows", "updated"]
    assert "\x1b" not in shown


def every_subclass(base: type[OpenDataError]) -> set[type[OpenDataError]]:
    """All classes below one."""
    return {each for child in base.__subclasses__() for each in (child, *every_subclass(child))}


def test_explain_tells_objects_bytes_and_requests_and_fetches_no_data(run: Command, web: WebServer) -> None:
    web.requests.clear()
    plan = run.json("explain", PRICES, "--columns", "close")
    assert [item["key"] for item in plan["objects"]] == [f"datasets/{PRICES}/2026-11-20/data.parquet"]
    assert plan["requests"] == 1
    assert plan["transfer"] == plan["bytes"] > 0
    assert not [path for path, _, _ in web.requests if path.endswith(".parquet")]
    _, out, err = run("explain", PRICES, "--format", "human")
    assert "requests" in out
    assert f"{PRICES}@seq:" in err


def test_the_help_is_wholly_in_chinese_where_the_language_is() -> None:
    untranslated = sorted(text for text in texts_of(od) if text not in HELP)
    assert untranslated == []
    shown = subprocess.run(
        [Path(sys.executable).with_name("od"), "load", "--help"],
        env={**os.environ, "LANG": "zh_CN.UTF-8", "LC_ALL": ""},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "加载经过校验的数据集" in shown
    assert "示例：" in shown
    assert "od load official/stooq-aapl-daily -o aapl.parquet" in shown


def test_an_error_carries_the_request_id_of_the_server(
    run: Command, web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fault_proxy(web.url) as proxy:
        proxy.inject(Answer(403, headers=("X-Request-Id: 7f3a",)), method="GET")
        monkeypatch.setenv("OPENDATA_ENDPOINT", proxy.url)
        code, _, err = run("info", PRICES, "--json")
    assert code == 6
    assert json.loads(err)["error"]["request_id"] == "7f3a"


def test_the_log_names_what_was_asked_and_shows_no_token(web: WebServer) -> None:
    env = {**os.environ, "OPENDATA_LOG": "debug", "OPENDATA_TOKEN": "s3cret", "OPENDATA_ENDPOINT": web.url}
    ended = subprocess.run(
        [Path(sys.executable).with_name("od"), "info", PRICES], env=env, capture_output=True, text=True, check=True
    )
    assert f"GET datasets/{PRICES}/latest.json" in ended.stderr
    assert "s3cret" not in ended.stderr + ended.stdout


def texts_of(command: click.Command) -> set[str]:
    """What the help of a command and its subcommands says, but for examples."""
    texts = {line.strip() for line in (command.help or "").splitlines() if line.strip(" \b")}
    texts |= {option.help for option in command.params if isinstance(option, click.Option) and option.help}
    texts |= {line for line in (command.epilog or "").splitlines() if line.strip(" \b") and not line.startswith("  od")}
    for subcommand in command.commands.values() if isinstance(command, click.Group) else ():
        texts |= texts_of(subcommand)
    return texts
