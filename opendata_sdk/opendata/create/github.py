"""Trusted publishing from GitHub Actions: GitHub vouches for the workflow, the gateway answers with a short session.

A job that may (`permissions: id-token: write`) finds in its environment where to ask for a token that says which
repository, workflow and run it is. The gateway checks that token and gives a session for the datasets that trust them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from urllib3 import Timeout
from urllib3.exceptions import HTTPError

from opendata.create.gateway import Gateway
from opendata.errors import StoreDenied, StoreUnavailable
from opendata.stores.https import pool_for
from opendata.stores.retry import Transient, retrying


@dataclass(frozen=True, slots=True)
class Session:
    """What a gateway gave: the session itself is a secret."""

    token: str = field(repr=False)
    expires_at: str
    datasets: tuple[str, ...]

    def shown(self) -> dict[str, object]:
        """What may be shown of it."""
        return {"expires_at": self.expires_at, "datasets": list(self.datasets)}


def open_session(gateway: Gateway, audience: str, env: Mapping[str, str]) -> Session:
    """Have GitHub vouch for this job to the gateway."""
    answer = gateway.ask("POST", "/v1/auth/github", {"token": id_token(audience, env)})
    return Session(str(answer["session"]), str(answer["expires_at"]), tuple(answer["datasets"]))


def id_token(audience: str, env: Mapping[str, str]) -> str:
    """The token that GitHub issues for this job; it names the audience that it is for, and is good for minutes."""
    url, secret = env.get("ACTIONS_ID_TOKEN_REQUEST_URL"), env.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
    if not url or not secret:
        raise StoreDenied(
            "GitHub gives this process no id token",
            hint="it must run in GitHub Actions, in a job with `permissions: id-token: write`",
        )
    address = f"{url}{'&' if urlsplit(url).query else '?'}audience={quote(audience, safe='')}"
    headers = {"Authorization": f"bearer {secret}", "Accept": "application/json", "User-Agent": "opendata"}
    what = "cannot get an id token from GitHub"

    def attempt() -> bytes:
        try:
            answer = pool_for(address, Timeout(10)).request("GET", address, headers=headers, retries=False)
        except HTTPError as error:
            raise Transient(type(error).__name__) from None  # its text holds the URL
        if answer.status >= 500 or answer.status == 429:
            raise Transient(str(answer.status))
        if answer.status != 200:
            raise StoreDenied(f"{what}: it answered {answer.status}", hint="check the job's `permissions:`")
        return answer.data

    try:
        found = json.loads(retrying(attempt, what))["value"]
    except (ValueError, KeyError, TypeError):
        found = None
    if not isinstance(found, str):
        raise StoreUnavailable(f"{what}: the answer has no token", hint="run the workflow again")
    return found
