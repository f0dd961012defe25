"""URLs that let somebody without credentials read or write one object for some minutes.

The headers of a write are signed with the URL, so the bucket refuses other bytes, another length, another type and a
second write. The objects are named by the code that builds keys; no key comes from outside.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from opendata.errors import InvalidValue
from opendata.protocol.operations import IMMUTABLE, PARQUET
from opendata.stores.store import check_key, utc_now

from opendata_platform.gateway.settings import Bucket

READ_SECONDS = 300
LONGEST_SECONDS = 900
_REGION = "auto"


@dataclass(frozen=True, slots=True)
class Signed:
    """A URL, the headers that must be sent with it exactly so, and until when it is good."""

    url: str = field(repr=False)
    headers: dict[str, str]
    expires_at: datetime


class Presigner:
    """Signs with the credentials of one bucket. Asks nobody, so it is quick, and says nothing of whether there is an
    object."""

    def __init__(self, bucket: Bucket) -> None:
        self._base = f"{bucket.endpoint_url}/{quote(bucket.name)}"
        self._credentials = ReadOnlyCredentials(bucket.access_key_id, bucket.secret_access_key, None)

    def read(self, key: str, *, method: str = "GET", span: str | None = None, seconds: int = READ_SECONDS) -> Signed:
        """A URL to read an object, or with HEAD only what is said of it; `span` is the Range header to send."""
        return self._sign(method, key, {"range": span} if span else {}, seconds)

    def write(self, key: str, size: int, sha256: str, *, seconds: int = LONGEST_SECONDS) -> Signed:
        """A URL to create a data file that does not exist yet, with these very bytes."""
        headers = {
            "cache-control": IMMUTABLE,
            "content-length": str(size),
            "content-type": PARQUET,
            "if-none-match": "*",
            "x-amz-checksum-sha256": base64.b64encode(bytes.fromhex(sha256)).decode(),
        }
        return self._sign("PUT", key, headers, seconds)

    def _sign(self, method: str, key: str, headers: dict[str, str], seconds: int) -> Signed:
        if not 1 <= seconds <= LONGEST_SECONDS:
            raise InvalidValue("seconds", seconds, f"must be from 1 to {LONGEST_SECONDS}")
        request = AWSRequest(method, f"{self._base}/{check_key(key)}", headers=headers)
        expires_at = utc_now() + timedelta(seconds=seconds)
        S3SigV4QueryAuth(self._credentials, "s3", _REGION, expires=seconds).add_auth(request)
        return Signed(str(request.url), headers, expires_at)
