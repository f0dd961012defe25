"""Publishing through a gateway: begin, upload to the URLs that it signs, commit. No storage key is needed here.

Everything may be asked again: a run that was cut off begins anew, and bytes that have arrived already are not refused
but taken for what they are, since the gateway hashes them before it commits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from urllib3 import Timeout
from urllib3.exceptions import HTTPError

from opendata.contract.evidence import CheckResult, Severity
from opendata.create.gateway import Gateway
from opendata.errors import GateFailed, StoreError
from opendata.stores.https import pool_for
from opendata.stores.retry import Transient, retry_after, retrying
from opendata.write import Encoded

_ARRIVED = (200, 201, 204, 412)
"""412: there is an object at the write-once key, from an attempt whose answer was lost."""
_LATER = (400, 403, 408, 409, 425, 429)
"""400: the bytes were damaged on the way. 403: the URL has expired; beginning again gives a fresh one."""


def publish_remotely(
    gateway: Gateway, dataset: str, partition: str, encoded: Encoded, parent: int, checks: Sequence[CheckResult]
) -> dict[str, Any]:
    """Publish one partition; returns the gateway's `outcome`, `seq` and `versions`.

    Raises Conflict for a stale parent, GateFailed if the gateway's own checks hold the data back, or a StoreError.
    """
    wanted = {
        "dataset": dataset,
        "parent_seq": parent,
        "partitions": [{"partition": partition, "bytes": len(encoded.data), "sha256": encoded.summary.sha256}],
    }

    def arrive() -> str:
        begun = gateway.ask("POST", "/v1/publish/begin", wanted, again=True)
        for upload in begun["uploads"]:
            _put(upload["url"], upload["headers"], encoded.data)
        return str(begun["publication"])

    publication = retrying(arrive, f"cannot upload {dataset} {partition} through {gateway.base_url}")
    evidence = {"checks": [check.to_dict() for check in checks]}
    done = gateway.ask("POST", "/v1/publish/commit", {"publication": publication, "evidence": evidence}, again=True)
    if done["outcome"] == "quarantined":
        failed = "; ".join(f"{check['name']}: {check['observed']}" for check in done["checks"] if _stops(check))
        raise GateFailed(
            f"{dataset} {partition}: the gateway holds it back: {failed}",
            hint="readers see what was published before; correct the data and push again",
        )
    return done


def _stops(check: Mapping[str, Any]) -> bool:
    """Whether this check is why data are held back."""
    return not check["passed"] and check["severity"] != Severity.WARN.value


def _put(url: str, headers: Mapping[str, str], data: bytes) -> None:
    """Upload to a presigned URL, which is a secret and stands in no message."""
    timeout = Timeout(connect=5.0, read=60.0)
    try:
        answer = pool_for(url, timeout).request(
            "PUT", url, body=data, headers=dict(headers), retries=False, redirect=False
        )
    except HTTPError as error:
        raise Transient(type(error).__name__) from error
    if answer.status in _LATER or answer.status >= 500:
        raise Transient(f"the bucket answered {answer.status}", retry_after(answer.headers.get("Retry-After")))
    if answer.status not in _ARRIVED:
        raise StoreError(
            f"the bucket refused the upload ({answer.status})", hint="push again; tell the gateway's operator"
        )
