"""Which store the environment names. Nothing is read before one of these is called.

OPENDATA_STORAGE            local (default) | r2 | http
OPENDATA_LOCAL_STORAGE_DIR  folder of the local store (default .opendata/storage)
OPENDATA_R2_ENDPOINT_URL, OPENDATA_R2_BUCKET, OPENDATA_R2_ACCESS_KEY_ID, OPENDATA_R2_SECRET_ACCESS_KEY
OPENDATA_ENDPOINT           base URL or folder to read from, whatever OPENDATA_STORAGE says
OPENDATA_LOG                debug, info, warning or error: what is asked of servers, on stderr
OPENDATA_TOKEN              sent to the base URL's host; else the token that `od auth login` kept for it
OPENDATA_MIRRORS            base URLs of copies, separated by commas
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from opendata.errors import InvalidValue, StoreDenied, StoreError
from opendata.stores.local import LocalStore
from opendata.stores.log import follow
from opendata.stores.store import Store
from opendata.stores.tokens import find_token

DEFAULT_FOLDER = ".opendata/storage"


def open_store(env: Mapping[str, str] = os.environ) -> Store:
    """The store to read from: OPENDATA_ENDPOINT where set, else what OPENDATA_STORAGE says."""
    follow(env)
    endpoint = env.get("OPENDATA_ENDPOINT")
    if endpoint and _is_url(endpoint):
        return _open_http(endpoint, env)
    if endpoint:
        return _open_folder(endpoint)
    match env.get("OPENDATA_STORAGE") or "local":
        case "local":
            return LocalStore(env.get("OPENDATA_LOCAL_STORAGE_DIR") or DEFAULT_FOLDER)
        case "r2":
            return _open_r2(env)
        case "http":
            raise InvalidValue("OPENDATA_ENDPOINT", "", "must be a base URL when OPENDATA_STORAGE=http")
        case other:
            raise InvalidValue("OPENDATA_STORAGE", other, "must be local, r2 or http")


def open_writable_store(env: Mapping[str, str] = os.environ) -> Store:
    """The store to publish to: what OPENDATA_STORAGE says. OPENDATA_ENDPOINT is for readers and is not looked at."""
    if env.get("OPENDATA_STORAGE") == "http":
        raise StoreDenied("OPENDATA_STORAGE=http is read-only", hint="publish with OPENDATA_STORAGE=local or r2")
    return open_store({name: value for name, value in env.items() if name != "OPENDATA_ENDPOINT"})


def open_mirrors(urls: Iterable[str]) -> tuple[Store, ...]:
    """Copies of the store to read from; no token goes to them."""
    from opendata.stores.https import HttpStore

    return tuple(HttpStore(url) for url in urls)


def mirror_urls(env: Mapping[str, str] = os.environ) -> list[str]:
    """The base URLs that OPENDATA_MIRRORS names."""
    return [url.strip() for url in env.get("OPENDATA_MIRRORS", "").split(",") if url.strip()]


def _is_url(endpoint: str) -> bool:
    return endpoint.startswith(("http://", "https://"))


def _open_http(endpoint: str, env: Mapping[str, str]) -> Store:
    from opendata.stores.https import HttpStore

    return HttpStore(endpoint, token=find_token(endpoint, env))


def _open_folder(endpoint: str) -> Store:
    if not Path(endpoint).expanduser().is_dir():
        raise StoreError(
            f"OPENDATA_ENDPOINT={endpoint} is neither a URL nor an existing folder",
            hint="set it to the base URL of a bucket or to the folder of a local store",
        )
    return LocalStore(endpoint)


def _open_r2(env: Mapping[str, str]) -> Store:
    from opendata.stores.s3 import S3Store

    return S3Store(
        _required(env, "OPENDATA_R2_BUCKET"),
        endpoint_url=_required(env, "OPENDATA_R2_ENDPOINT_URL"),
        access_key_id=_required(env, "OPENDATA_R2_ACCESS_KEY_ID"),
        secret_access_key=_required(env, "OPENDATA_R2_SECRET_ACCESS_KEY"),
    )


def _required(env: Mapping[str, str], name: str) -> str:
    if not env.get(name):
        raise InvalidValue(name, "", "must be set when OPENDATA_STORAGE=r2")
    return env[name]
