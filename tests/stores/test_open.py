"""Which store the environment names, and that credentials show up nowhere."""

from __future__ import annotations

import logging
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from opendata.errors import InvalidValue, OpenDataError, StoreDenied, StoreError
from opendata.protocol.operations import Get, List, Put
from opendata.stores import retry
from opendata.stores.https import HttpStore
from opendata.stores.local import LocalStore
from opendata.stores.open import open_store, open_writable_store
from opendata.stores.s3 import S3Store

from tests.fixtures.fault_proxy import Answer, fault_proxy
from tests.fixtures.seaweedfs import S3Server
from tests.fixtures.web_server import web_server

R2 = {
    "OPENDATA_STORAGE": "r2",
    "OPENDATA_R2_ENDPOINT_URL": "https://account.example",
    "OPENDATA_R2_BUCKET": "open-data",
    "OPENDATA_R2_ACCESS_KEY_ID": "key-id-of-the-test",
    "OPENDATA_R2_SECRET_ACCESS_KEY": "secret-of-the-test",
}


def test_the_default_is_a_folder_under_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for store in (open_store({}), open_writable_store({})):
        assert isinstance(store, LocalStore)
        assert store.folder == tmp_path / ".opendata" / "storage"


def test_the_local_folder_can_be_named(tmp_path: Path) -> None:
    store = open_store({"OPENDATA_STORAGE": "local", "OPENDATA_LOCAL_STORAGE_DIR": str(tmp_path)})
    assert isinstance(store, LocalStore)
    assert store.folder == tmp_path


def test_r2_is_a_bucket() -> None:
    store = open_store(R2)
    assert isinstance(store, S3Store)
    assert (store.name, store.endpoint_url) == ("open-data", "https://account.example")


@pytest.mark.parametrize("missing", [name for name in R2 if name != "OPENDATA_STORAGE"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_variable_is_named(missing: str, value: str | None) -> None:
    env = {name: text for name, text in R2.items() if name != missing}
    with pytest.raises(InvalidValue, match=missing):
        open_store(env if value is None else {**env, missing: value})


def test_an_unknown_storage_is_named() -> None:
    with pytest.raises(InvalidValue, match=r"OPENDATA_STORAGE: 'ftp'.*local, r2 or http"):
        open_store({"OPENDATA_STORAGE": "ftp"})


def test_the_endpoint_wins_for_readers_and_not_for_writers(tmp_path: Path) -> None:
    url = {**R2, "OPENDATA_ENDPOINT": "https://data.example/public/"}
    reader = open_store(url)
    assert isinstance(reader, HttpStore)
    assert reader.base_url == "https://data.example/public"
    assert isinstance(open_writable_store(url), S3Store)
    folder = open_store({**R2, "OPENDATA_ENDPOINT": str(tmp_path)})
    assert isinstance(folder, LocalStore)
    assert folder.folder == tmp_path


def test_an_endpoint_that_is_not_there_is_an_error_and_not_an_empty_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="neither a URL nor an existing folder"):
        open_store({"OPENDATA_ENDPOINT": str(tmp_path / "typo")})


def test_http_needs_an_endpoint_and_cannot_be_written() -> None:
    with pytest.raises(InvalidValue, match="OPENDATA_ENDPOINT"):
        open_store({"OPENDATA_STORAGE": "http"})
    with pytest.raises(StoreDenied, match="read-only"):
        open_writable_store({"OPENDATA_STORAGE": "http", "OPENDATA_ENDPOINT": "https://data.example"})


def test_the_token_is_sent(tmp_path: Path) -> None:
    (tmp_path / "k").write_bytes(b"x")
    with web_server(tmp_path) as server:
        open_store({"OPENDATA_ENDPOINT": server.url, "OPENDATA_TOKEN": "abc"}).perform(Get("k"))
        assert server.requests == [("/k", None, "Bearer abc")]


def test_boto3_is_imported_only_for_a_bucket() -> None:
    code = "import sys, opendata.stores.open as o; o.open_store({}); print(int('botocore' in sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "0\n"


def test_credentials_show_up_in_no_message_log_or_traceback(
    s3_server: S3Server, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "FIRST_PAUSE", 0.0)
    bucket = s3_server.new_bucket()  # by a bare client, which logs what it likes
    caplog.set_level(logging.DEBUG)
    shown: list[str] = []
    with fault_proxy(s3_server.endpoint) as proxy:
        env = {**s3_server.environment(bucket), "OPENDATA_R2_ENDPOINT_URL": proxy.url}
        wrong = {**env, "OPENDATA_R2_SECRET_ACCESS_KEY": "wrong-secret"}
        for store in (open_store(env), open_store(wrong)):
            shown += [repr(store), store.describe(), str(vars(store))]
            for operation in (Put("k", b"x"), Get("k"), List(""), Get("../k")):
                proxy.inject(Answer(403, "SignatureDoesNotMatch"), method="GET")
                try:
                    shown.append(repr(store.perform(operation)))
                except OpenDataError as error:
                    shown += [repr(error), *traceback.format_exception(error)]
    text = "\n".join([*shown, caplog.text])
    assert "SignatureDoesNotMatch" in text
    assert "urllib3" in caplog.text
    for secret in (s3_server.access_key_id, s3_server.secret_access_key, "wrong-secret", "Signature=", "AWS4-HMAC"):
        assert secret not in text, secret
