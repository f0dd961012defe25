"""An S3-compatible bucket (R2 in production) as a store, through boto3.

What boto3 is told and why: s3v4 signs the conditions; checksums only where asked, because R2 refuses the default
trailing ones; no retries of its own, because a repeated conditional PUT that had succeeded answers 412. Every PUT
carries its sha256, so a body damaged on the way is refused by the server. What an answer means is in `s3_answers`.
"""

from __future__ import annotations

import base64
import hashlib
import logging
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from opendata.errors import MissingExtra, NotFound, StoreUnavailable
from opendata.protocol.operations import (
    Delete,
    Done,
    Found,
    Get,
    Keys,
    List,
    Missing,
    Operation,
    Put,
    Reply,
    Stored,
)
from opendata.stores.retry import retrying
from opendata.stores.store import CHUNK, Stream, check_key, check_url, range_header, server_time, within

try:
    import boto3
    from botocore.config import Config
except ImportError as error:
    raise MissingExtra("an S3 bucket needs boto3", hint="install the extra: opendata[s3]") from error

from opendata.stores.s3_answers import FAILURES, failure, is_past_end, missing_at, size_past_end, write_reply

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client

CONNECTIONS = 32
"""Connections kept open: at least as many as threads that use one store at a time."""


class S3Store:
    """A bucket behind an S3 endpoint; safe to share between threads."""

    def __init__(
        self,
        bucket: str,
        *,
        endpoint_url: str,
        access_key_id: str,
        secret_access_key: str,
        timeout: float = 30.0,
    ) -> None:
        """No connection is opened yet. `timeout` is after how many seconds without a byte an answer is lost."""
        self.name = bucket
        self.endpoint_url = check_url("endpoint_url", endpoint_url)
        self._client = _client(self.endpoint_url, access_key_id, secret_access_key, timeout)

    def __repr__(self) -> str:
        return f"S3Store({self.name!r}, endpoint_url={self.endpoint_url!r})"

    def describe(self) -> str:
        """The bucket and the endpoint."""
        return f"bucket {self.name} at {self.endpoint_url}"

    def perform(self, operation: Operation) -> Reply:
        """Perform one operation; see `Store.perform`."""
        match operation:
            case Get(key):
                return retrying(lambda: self._get(check_key(key)), self._what("read", key))
            case Put():
                return self._put(operation)
            case List(prefix, start_after):
                return self._list(prefix, start_after)
            case Delete(key):
                return retrying(lambda: self._delete(check_key(key)), self._what("remove", key))

    @contextmanager
    def stream(self, key: str, start: int = 0, end: int | None = None) -> Iterator[Stream]:
        """Open a range of an object; see `Store.stream`."""
        stream, body = retrying(lambda: self._open(check_key(key), start, end), self._what("read", key))
        try:
            yield stream
        finally:
            if body is not None:
                body.close()

    def _get(self, key: str) -> Found | Missing:
        try:
            answer = self._client.get_object(Bucket=self.name, Key=key)
            with closing(answer["Body"]) as body:
                return Found(body.read(), answer["ETag"], _at(answer))
        except FAILURES as error:
            if at := missing_at(error):
                return Missing(at)
            raise failure(error, self._what("read", key)) from error

    def _open(self, key: str, start: int, end: int | None) -> tuple[Stream, StreamingBody | None]:
        span = range_header(start, end)
        try:
            answer = self._client.get_object(Bucket=self.name, Key=key, Range=span)
        except FAILURES as error:
            if missing_at(error):
                raise NotFound(f"there is no {key} in {self.describe()}") from error
            if is_past_end(error):
                return Stream(size_past_end(error), iter(())), None
            raise failure(error, self._what("read", key)) from error
        chunks = self._chunks(answer["Body"], key)
        if "ContentRange" not in answer:  # ranges are ignored
            return Stream(answer["ContentLength"], within(chunks, 0, start, end)), answer["Body"]
        size = int(answer["ContentRange"].rpartition("/")[2])
        return Stream(size, within(chunks, start, start, end)), answer["Body"]

    def _chunks(self, body: StreamingBody, key: str) -> Iterator[bytes]:
        try:
            yield from body.iter_chunks(CHUNK)
        except FAILURES as error:
            raise StoreUnavailable(
                f"{self._what('read', key)}: the answer broke off ({type(error).__name__})",
                hint="run again; what arrived can be kept",
            ) from error

    def _put(self, put: Put) -> Reply:
        condition: Any = {"IfNoneMatch": "*"} if put.if_match is None else {"IfMatch": put.if_match}
        try:
            answer = self._client.put_object(
                Bucket=self.name,
                Key=check_key(put.key),
                Body=put.body,
                ContentType=put.content_type,
                CacheControl=put.cache_control,
                ChecksumSHA256=base64.b64encode(hashlib.sha256(put.body).digest()).decode(),
                **condition,
            )
        except FAILURES as error:
            return write_reply(error, put, self._what("write", put.key))
        return Stored(answer["ETag"], _at(answer))

    def _list(self, prefix: str, start_after: str) -> Keys:
        keys: list[str] = []
        page: dict[str, str] = {"StartAfter": start_after} if start_after else {}
        while True:
            more, page = retrying(partial(self._page, prefix, page), self._what("list", prefix))
            keys += more
            if not page:
                return Keys(tuple(sorted(keys)))

    def _page(self, prefix: str, page: Any) -> tuple[list[str], dict[str, str]]:
        """One page of keys and what to ask for the next one, empty after the last."""
        try:
            answer = self._client.list_objects_v2(Bucket=self.name, Prefix=prefix, **page)
        except FAILURES as error:
            raise failure(error, self._what("list", prefix)) from error
        keys = [item["Key"] for item in answer.get("Contents", ())]
        return keys, {"ContinuationToken": answer["NextContinuationToken"]} if answer["IsTruncated"] else {}

    def _delete(self, key: str) -> Done:
        try:
            self._client.delete_object(Bucket=self.name, Key=key)
        except FAILURES as error:
            raise failure(error, self._what("remove", key)) from error
        return Done()

    def _what(self, verb: str, key: str) -> str:
        return f"cannot {verb} {key} in {self.describe()}"


def _client(endpoint_url: str, access_key_id: str, secret_access_key: str, timeout: float) -> S3Client:
    logging.getLogger("botocore").setLevel(logging.INFO)  # what it logs below that contains signatures
    return boto3.Session().client(
        "s3",
        endpoint_url=endpoint_url,
        region_name="auto",
        aws_access_key_id=access_key_id,
        aws_secret_access_key=secret_access_key,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            retries={"total_max_attempts": 1, "mode": "standard"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            max_pool_connections=CONNECTIONS,
            connect_timeout=min(timeout, 5.0),
            read_timeout=timeout,
            tcp_keepalive=True,
        ),
    )


def _at(answer: Mapping[str, Any]) -> datetime:
    return server_time(answer["ResponseMetadata"]["HTTPHeaders"].get("date"))
