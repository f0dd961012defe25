"""The sandbox as a server: its faults, its log, and what it says about its answers."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from opendata_platform.sandbox import Recordings, Sandbox
from opendata_platform.sandbox.distort import CHANGES, BadFault
from opendata_platform.sandbox.faults import SOURCES, Fault

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
OWID = "/owid/data/owid-covid-data.csv"


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with Sandbox(recordings=Recordings(), clock=lambda: NOW) as sandbox:
        yield sandbox


@pytest.fixture
def http(server: Sandbox) -> Iterator[httpx.Client]:
    server.clear_faults()
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        yield client
    server.clear_faults()


def test_every_source_answer_says_where_it_is_from(http: httpx.Client) -> None:
    paths = {
        OWID: "recorded",
        "/stooq/q/d/l/?s=aapl.us&i=d": "synthetic",
        "/binance/data/spot/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2024-01-01.zip": "synthetic",
        "/binance/api/v3/klines?symbol=BTCUSDT&interval=1m&startTime=1634943780000&endTime=1634944379999": "recorded",
    }
    for path, provenance in paths.items():
        answer = http.get(path)
        assert answer.status_code == 200
        assert answer.headers["X-OpenData-Sandbox"] == provenance


def test_a_fault_by_http_lasts_as_often_as_asked(http: httpx.Client) -> None:
    asked = {"source": "owid", "fault": "server_error", "times": 2, "status": 500}
    assert http.post("/_faults", json=asked).status_code == 204
    assert [http.get(OWID).status_code for _ in range(3)] == [500, 500, 200]


def test_deleting_the_faults_ends_them(http: httpx.Client) -> None:
    http.post("/_faults", json={"source": "owid", "fault": "bad_gateway"})
    assert http.get(OWID).status_code == 502
    assert http.delete("/_faults").status_code == 204
    assert http.get(OWID).status_code == 200


def test_a_fault_for_a_path_spares_the_others(http: httpx.Client) -> None:
    http.post("/_faults", json={"source": "binance", "fault": "server_error", "path": ".CHECKSUM"})
    path = "/binance/data/spot/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2024-01-01.zip"
    assert http.get(path).status_code == 200
    assert http.get(f"{path}.CHECKSUM").status_code == 503


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({"source": "nasdaq", "fault": "html"}, "source 'nasdaq': use one of binance, stooq, open-meteo, owid"),
        ({"source": "owid", "fault": "explode"}, "fault 'explode': use one of add_column"),
        ({"source": "owid", "fault": "html", "times": 0}, "times: a positive whole number or null"),
        ({"source": "owid", "fault": "html", "times": True}, "times"),
        ({"source": "owid", "fault": "html", "path": 3}, "path: a text or null"),
        ({"source": "owid", "fault": "html", "colour": "red"}, "html takes no 'colour'"),
        ({"source": "owid", "fault": "restate", "factor": "half"}, "factor has the wrong type"),
        ({"source": "owid", "fault": "key_wanted"}, "only stooq wants a key"),
        (["html"], "a JSON object is wanted"),
    ],
)
def test_a_fault_that_does_not_exist_is_refused_with_what_is_wrong(
    http: httpx.Client, asked: object, wanted: str
) -> None:
    answer = http.post("/_faults", json=asked)
    assert answer.status_code == 400
    assert wanted in answer.json()["error"]


def test_a_body_that_is_no_json_is_refused(http: httpx.Client) -> None:
    assert http.post("/_faults", content=b"{").status_code == 400


def test_a_column_that_the_answer_does_not_have_is_named(http: httpx.Client, server: Sandbox) -> None:
    server.fault("owid", "bad_number", column="colour")
    answer = http.get(OWID)
    assert answer.status_code == 400
    assert "column 'colour': use one of iso_code" in answer.json()["error"]


def test_the_python_side_refuses_the_same_faults(server: Sandbox) -> None:
    with pytest.raises(BadFault, match="use one of"):
        server.fault("owid", "explode")


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("name", CHANGES)
def test_every_fault_of_the_data_changes_every_source_and_nothing_after_it(source: str, name: str) -> None:
    paths: dict[str, tuple[str, dict[str, str]]] = {
        "binance": ("/data/spot/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2025-01-01.zip", {}),
        "stooq": ("/q/d/l/", {"s": "aapl.us", "i": "d"}),
        "owid": ("/data/owid-covid-data.csv", {}),
        "open-meteo": (
            "/v1/archive",
            {
                "latitude": "52.5",
                "longitude": "13.4",
                "start_date": "2024-05-01",
                "end_date": "2024-05-01",
                "hourly": "temperature_2m,rain",
            },
        ),
    }
    path, params = paths[source]
    clean = SOURCES[source].respond(path, params, NOW, Recordings())
    faulty = Fault(source, name).applied(clean, path)
    assert faulty.body != clean.body
    assert SOURCES[source].respond(path, params, NOW, Recordings()).body == clean.body


def test_the_log_counts_requests_and_names_parameters_without_values(http: httpx.Client, server: Sandbox) -> None:
    before = len(server.requests("stooq"))
    http.get("/stooq/q/d/l/?s=aapl.us&i=d&apikey=s3cret")
    log = http.get("/_requests")
    assert log.json()["counts"]["stooq"] == before + 1 == len(server.requests("stooq"))
    assert log.json()["requests"][-1]["params"] == ["apikey", "i", "s"]
    assert "s3cret" not in log.text


def test_an_unknown_source_is_a_404_that_names_the_known_ones(http: httpx.Client) -> None:
    answer = http.get("/nasdaq/x")
    assert answer.status_code == 404
    assert "use one of binance, stooq, open-meteo, owid" in answer.json()["error"]


def test_leaving_the_context_frees_the_port_even_while_an_answer_hangs() -> None:
    with Sandbox(recordings=Recordings()) as sandbox:
        sandbox.fault("owid", "hang", seconds=600)
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(sandbox.url + OWID, timeout=0.2, trust_env=False)
        port = int(sandbox.url.rpartition(":")[2])
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_a_bigger_folder_of_recordings_wins(tmp_path: Path) -> None:
    (tmp_path / "stooq").mkdir()
    (tmp_path / "stooq" / "aapl_us_d.csv").write_text("Date,Open,High,Low,Close,Volume\n2024-01-02,1,2,1,2,3\n")
    recordings = Recordings.from_env({"OPENDATA_SANDBOX_RECORDINGS": str(tmp_path)})
    answer = SOURCES["stooq"].respond("/q/d/l/", {"s": "aapl.us", "i": "d"}, NOW, recordings)
    assert answer.provenance == "recorded"
    assert answer.body.endswith(b"2024-01-02,1,2,1,2,3\n")
    owid = SOURCES["owid"].respond("/data/owid-covid-data.csv", {}, NOW, recordings)
    assert owid.provenance == "recorded"


def test_serve_runs_in_the_foreground_until_interrupted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    code = f"from opendata_platform.sandbox import serve; serve('127.0.0.1', {port}, print)"
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, env={**os.environ})
    try:
        for _ in range(300):
            try:
                answer = httpx.get(f"http://127.0.0.1:{port}/_requests", trust_env=False)
                break
            except httpx.ConnectError:
                assert process.poll() is None, process.stderr and process.stderr.read()
                time.sleep(0.1)
        assert answer.json()["counts"] == {"binance": 0, "stooq": 0, "open-meteo": 0, "owid": 0}
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
    finally:
        process.kill()
        process.communicate()
