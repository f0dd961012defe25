"""What the answers of an S3 endpoint mean: missing, refused, ambiguous, worth a retry, or an error with its cause.

Messages are made of the status and the error code; what else the server wrote may quote keys and signatures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, IncompleteReadError
from botocore.exceptions import ConnectionError as BotoConnectionError
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError

from opendata.errors import BackendUnsafe, StoreDenied, StoreError, StoreFull, StoreUnavailable
from opendata.protocol.operations import Ambiguous, Put, Refused
from opendata.stores.retry import Transient, retry_after
from opendata.stores.store import server_time, utc_now

Failure: TypeAlias = BotoCoreError | ClientError | ResponseParserError | HTTPError
FAILURES = (BotoCoreError, ClientError, ResponseParserError, HTTPError)
"""Everything boto3 raises for a call that did not succeed; urllib3's when the body of an error breaks off."""

_NO_ANSWER = (HTTPClientError, BotoConnectionError, IncompleteReadError, ResponseParserError, HTTPError)
_TRANSIENT_CODES = {"RequestTimeout", "SlowDown", "TooManyRequests"}
_TRANSIENT_STATUSES = {408, 409, 425, 429}
_DAMAGED = {"BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch"}
_FULL = {"QuotaExceeded", "InsufficientStorage", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded"}
_LARGEST_SKEW = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class _Answer:
    """Status 0 when the server did not answer."""

    status: int = 0
    code: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def _answer(error: Failure) -> _Answer:
    if not isinstance(error, ClientError):
        return _Answer()
    metadata = error.response["ResponseMetadata"]
    return _Answer(metadata["HTTPStatusCode"], error.response.get("Error", {}).get("Code", ""), metadata["HTTPHeaders"])


def missing_at(error: Failure) -> datetime | None:
    """The store's clock if it said that the object does not exist; a bare 404 may come from something else."""
    answer = _answer(error)
    return server_time(answer.headers.get("date")) if answer.code == "NoSuchKey" else None


def size_past_end(error: Failure) -> int | None:
    """The object's size if the answer says that the range begins past the end (and tells the size), else None."""
    total = _answer(error).headers.get("content-range", "").rpartition("/")[2]
    return int(total) if total.isdigit() else None


def is_past_end(error: Failure) -> bool:
    """Whether the answer says that the range begins at or past the end of the object."""
    return _answer(error).status == 416


def write_reply(error: Failure, put: Put, what: str) -> Refused | Ambiguous:
    """What a failed conditional PUT means; raises a StoreError when it was definitely not applied."""
    answer = _answer(error)
    if answer.status == 412:
        return Refused()
    if put.if_match is not None and answer.status == 404 and answer.code != "NoSuchBucket":
        return Refused()
    if answer.code in _DAMAGED:
        raise StoreUnavailable(f"{what}: the bytes were damaged on the way ({answer.code})", hint="run again")
    if answer.status == 501:
        raise BackendUnsafe(f"{what}: the store does not implement conditional writes ({answer.code})")
    meaning = failure(error, what)
    if isinstance(meaning, Transient):
        return Ambiguous(meaning.reason)
    raise meaning


def failure(error: Failure, what: str) -> Transient | StoreError:
    """Why a call failed: worth a retry, or an error that says what to do."""
    if isinstance(error, _NO_ANSWER):
        return Transient(type(error).__name__)
    answer = _answer(error)
    said = f"{what}: the store answered {answer.status} {answer.code}" if answer.status else f"{what}: {error}"
    if answer.status == 507 or answer.code in _FULL:
        return StoreFull(said, hint="free some space or raise the quota, then run again")
    if answer.status in (401, 403):
        return _denied(answer, said)
    if _is_transient(answer):
        return Transient(f"{answer.status} {answer.code}", retry_after(answer.headers.get("retry-after")))
    return StoreError(said, hint="check the endpoint and the name of the bucket")


def _is_transient(answer: _Answer) -> bool:
    return answer.status in _TRANSIENT_STATUSES or answer.status >= 500 or answer.code in _TRANSIENT_CODES


def _denied(answer: _Answer, said: str) -> StoreDenied:
    here, there = utc_now(), server_time(answer.headers.get("date"))
    if answer.code == "RequestTimeTooSkewed" or abs(here - there) > _LARGEST_SKEW:
        return StoreDenied(
            f"{said}: this machine says it is {here:%Y-%m-%dT%H:%M:%SZ}, the store {there:%Y-%m-%dT%H:%M:%SZ}",
            hint="set this machine's clock",
        )
    return StoreDenied(said, hint="check the access key, its permissions and the name of the bucket")
