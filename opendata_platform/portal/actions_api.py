"""Asks GitHub's Actions API for the last runs of a repository's workflow and for the jobs of one run."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import httpx
from opendata.contract.fields import parse_json
from opendata.contract.health import KEPT
from opendata.errors import InvalidValue, NotFound, OpenDataError

from opendata_platform.portal.actions import WorkflowRun, parse_runs

API = "https://api.github.com"
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")
_WORKFLOW = re.compile(r"[A-Za-z0-9._-]{1,100}\.ya?ml")
_LIMITED = (403, 429)


class ActionsUnanswered(OpenDataError):
    """The API did not answer, or with an error of its own."""

    code = "actions_unanswered"
    exit_code = 5


class ActionsDenied(OpenDataError):
    """The API refuses the token, or its limit of requests is used up."""

    code = "actions_denied"
    exit_code = 6


class ActionsApi:
    """The runs of one repository; `base` is the API's address, `token` may be empty for a public repository."""

    def __init__(self, http: httpx.Client, repository: str, base: str = API, token: str = "") -> None:
        if not _REPOSITORY.fullmatch(repository):
            raise InvalidValue("repository", repository, "must be owner/name on GitHub")
        self._http = http
        self._url = f"{base.rstrip('/')}/repos/{repository}/actions"
        self._headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"

    def runs(self, workflow: str | None = None) -> list[WorkflowRun]:
        """The newest finished runs, of one workflow file or of all: as many as health.json keeps."""
        if workflow is not None and not _WORKFLOW.fullmatch(workflow):
            raise InvalidValue("workflow", workflow, "must be the name of a workflow file, such as publish.yml")
        path = f"/workflows/{workflow}/runs" if workflow else "/runs"
        return parse_runs(self._get(path, {"status": "completed", "per_page": str(KEPT)}))

    def jobs(self, run_id: int) -> dict[str, Any]:
        """The jobs of a run, as the API says."""
        return self._get(f"/runs/{run_id}/jobs", {"per_page": "100"})

    def _get(self, path: str, params: dict[str, str]) -> dict[str, Any]:
        url = f"{self._url}{path}"
        try:
            answer = self._http.get(url, params=params, headers=self._headers)
        except httpx.HTTPError as error:
            raise ActionsUnanswered(f"{url} did not answer: {type(error).__name__}", hint="ask again later") from error
        if answer.status_code == 404:
            raise NotFound(f"{url}: no such repository or workflow", hint="a private one needs GITHUB_TOKEN")
        if answer.status_code in _LIMITED and answer.headers.get("x-ratelimit-remaining") == "0":
            raise ActionsDenied(f"{url}: the limit of requests is used up{_until(answer)}", hint="set GITHUB_TOKEN")
        if answer.status_code in (401, *_LIMITED):
            raise ActionsDenied(f"{url}: refused ({answer.status_code})", hint="check GITHUB_TOKEN: actions:read")
        if answer.status_code != 200:
            raise ActionsUnanswered(f"{url} answered {answer.status_code}", hint="ask again later")
        return parse_json(answer.content, url)


def _until(answer: httpx.Response) -> str:
    reset = answer.headers.get("x-ratelimit-reset", "")
    return f" until {datetime.fromtimestamp(int(reset), UTC):%Y-%m-%d %H:%M} UTC" if reset.isdigit() else ""
