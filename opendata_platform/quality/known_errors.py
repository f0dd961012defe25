"""Tables of known errors: SDK codes, S3 codes, transport classes, content classes and errno, each with its fault.

Classes are written as `module.Class`, so that no library has to be imported to know its errors. The order in
which the tables are asked is in `recognise.py`.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping

from opendata_platform.quality.categories import Category, Fault

_C = Category

SDK_CODES: Mapping[str, Fault] = {
    "invalid_value": Fault(_C.CONFIG, "bad_metadata"),
    "not_adjustable": Fault(_C.CONFIG, "bad_metadata"),
    "not_point_in_time": Fault(_C.CONFIG, "bad_metadata"),
    "not_found": Fault(_C.CONFIG, "bad_id"),
    "gone": Fault(_C.INTEGRITY, "missing_object"),
    "integrity": Fault(_C.INTEGRITY, "hash_mismatch"),
    "rollback_refused": Fault(_C.INTEGRITY, "chain_broken"),
    "store": Fault(_C.UPLOAD, "store_5xx"),
    "store_unavailable": Fault(_C.UPLOAD, "store_5xx"),
    "store_denied": Fault(_C.PERMISSION, "store_denied"),
    "store_full": Fault(_C.QUOTA, "store_full"),
    "backend_unsafe": Fault(_C.CONFIG, "backend_unsafe"),
    "conflict": Fault(_C.CONFLICT, "base_moved"),
    "commit_uncertain": Fault(_C.CONFLICT, "seq_race"),
    "gate_failed": Fault(_C.VALIDATION, "check_failed"),
    "stale_data": Fault(_C.VALIDATION, "check_failed"),
    "upgrade_required": Fault(_C.CONFIG, "bad_metadata"),
    "offline": Fault(_C.NETWORK, "connect"),
    "cache": Fault(_C.WRITE, "readonly"),
    "missing_extra": Fault(_C.CONFIG, "bad_metadata"),
}

CANCELLED: Mapping[str, Fault] = {
    "builtins.KeyboardInterrupt": Fault(_C.CANCELLED, "sigterm"),
    "builtins.SystemExit": Fault(_C.CANCELLED, "sigterm"),
    "asyncio.exceptions.CancelledError": Fault(_C.CANCELLED, "sigterm"),
    "concurrent.futures._base.CancelledError": Fault(_C.CANCELLED, "sigterm"),
    "dagster._core.errors.DagsterExecutionInterruptedError": Fault(_C.CANCELLED, "sigterm"),
}

S3_CODES: Mapping[str, Fault] = {
    **dict.fromkeys(
        (
            "AccessDenied",
            "AllAccessDisabled",
            "InvalidAccessKeyId",
            "SignatureDoesNotMatch",
            "Unauthorized",
            "403",
        ),
        Fault(_C.PERMISSION, "store_denied"),
    ),
    **dict.fromkeys(("ExpiredToken", "InvalidToken", "TokenRefreshRequired"), Fault(_C.PERMISSION, "token_invalid")),
    "RequestTimeTooSkewed": Fault(_C.PERMISSION, "clock_skew"),
    **dict.fromkeys(
        ("SlowDown", "TooManyRequests", "Throttling", "ThrottlingException", "RequestLimitExceeded", "429"),
        Fault(_C.UPLOAD, "slow_down"),
    ),
    **dict.fromkeys(
        ("PreconditionFailed", "ConditionalRequestConflict", "OperationAborted", "412", "409"),
        Fault(_C.CONFLICT, "base_moved"),
    ),
    **dict.fromkeys(
        ("BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "IncompleteBody"),
        Fault(_C.UPLOAD, "checksum"),
    ),
    **dict.fromkeys(("NoSuchKey", "NoSuchVersion", "404"), Fault(_C.INTEGRITY, "missing_object")),
    **dict.fromkeys(
        ("NoSuchUpload", "InvalidPart", "InvalidPartOrder", "EntityTooSmall"), Fault(_C.UPLOAD, "multipart")
    ),
    **dict.fromkeys(("NoSuchBucket", "InvalidBucketName"), Fault(_C.CONFIG, "bad_metadata")),
    **dict.fromkeys(("QuotaExceeded", "InsufficientStorage", "507"), Fault(_C.QUOTA, "store_full")),
    "AuthorizationQueryParametersError": Fault(_C.UPLOAD, "signature_expired"),
    **dict.fromkeys(("RequestTimeout", "InternalError", "ServiceUnavailable"), Fault(_C.UPLOAD, "store_5xx")),
}

TRANSPORT: Mapping[str, str] = {
    "ssl.SSLError": "tls",
    "socket.gaierror": "dns",
    "builtins.TimeoutError": "timeout",
    "builtins.ConnectionResetError": "reset",
    "builtins.ConnectionAbortedError": "reset",
    "builtins.BrokenPipeError": "reset",
    "builtins.ConnectionRefusedError": "connect",
    "http.client.IncompleteRead": "truncated_body",
    "http.client.RemoteDisconnected": "reset",
    "urllib.error.ContentTooShortError": "truncated_body",
    "httpx.TimeoutException": "timeout",
    "httpx.ConnectError": "connect",
    "httpx.ProxyError": "connect",
    "httpx.NetworkError": "reset",
    "httpx.RemoteProtocolError": "reset",
    "httpx.LocalProtocolError": "reset",
    "requests.exceptions.SSLError": "tls",
    "requests.exceptions.Timeout": "timeout",
    "requests.exceptions.ChunkedEncodingError": "truncated_body",
    "requests.exceptions.ConnectionError": "connect",
    "requests.exceptions.RequestException": "reset",
    "urllib3.exceptions.SSLError": "tls",
    "urllib3.exceptions.NameResolutionError": "dns",
    "urllib3.exceptions.ConnectTimeoutError": "timeout",
    "urllib3.exceptions.ReadTimeoutError": "timeout",
    "urllib3.exceptions.NewConnectionError": "connect",
    "urllib3.exceptions.IncompleteRead": "truncated_body",
    "urllib3.exceptions.InvalidChunkLength": "truncated_body",
    "urllib3.exceptions.ProtocolError": "reset",
    "urllib3.exceptions.TimeoutError": "timeout",
    "urllib3.exceptions.MaxRetryError": "connect",
    "urllib3.exceptions.HTTPError": "reset",
    "botocore.exceptions.SSLError": "tls",
    "botocore.exceptions.ConnectTimeoutError": "timeout",
    "botocore.exceptions.ReadTimeoutError": "timeout",
    "botocore.exceptions.EndpointConnectionError": "connect",
    "botocore.exceptions.ProxyConnectionError": "connect",
    "botocore.exceptions.ConnectionClosedError": "reset",
    "botocore.exceptions.IncompleteReadError": "truncated_body",
    "botocore.exceptions.ResponseStreamingError": "truncated_body",
    "botocore.exceptions.HTTPClientError": "reset",
}

SET_UP: Mapping[str, Fault] = {
    "botocore.exceptions.NoCredentialsError": Fault(_C.CONFIG, "missing_secret"),
    "botocore.exceptions.PartialCredentialsError": Fault(_C.CONFIG, "missing_secret"),
    "botocore.exceptions.ChecksumError": Fault(_C.UPLOAD, "checksum"),
    "botocore.exceptions.FlexibleChecksumError": Fault(_C.UPLOAD, "checksum"),
    "botocore.exceptions.BotoCoreError": Fault(_C.CONFIG, "bad_metadata"),
    "httpx.InvalidURL": Fault(_C.CONFIG, "bad_metadata"),
    "httpx.UnsupportedProtocol": Fault(_C.CONFIG, "bad_metadata"),
    "httpx.DecodingError": Fault(_C.PARSE, "encoding"),
    "requests.exceptions.InvalidURL": Fault(_C.CONFIG, "bad_metadata"),
    "requests.exceptions.MissingSchema": Fault(_C.CONFIG, "bad_metadata"),
    "urllib3.exceptions.LocationValueError": Fault(_C.CONFIG, "bad_metadata"),
    "urllib3.exceptions.DecodeError": Fault(_C.PARSE, "encoding"),
}

CONTENT: Mapping[str, str] = {
    "json.decoder.JSONDecodeError": "not_json",
    "builtins.UnicodeError": "encoding",
    "_csv.Error": "bad_shape",
    "zipfile.BadZipFile": "bad_shape",
    "zlib.error": "bad_shape",
    "gzip.BadGzipFile": "bad_shape",
    "polars.exceptions.InvalidOperationError": "bad_number",
    "polars.exceptions.OutOfBoundsError": "bad_number",
    "polars.exceptions.PolarsError": "bad_shape",
    "pyo3_runtime.PanicException": "bad_shape",
    "pyarrow.lib.ArrowException": "bad_shape",
}

ERRNO: Mapping[int, Fault] = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), Fault(_C.WRITE, "disk_full")),
    **dict.fromkeys((errno.EROFS, errno.EACCES, errno.EPERM), Fault(_C.WRITE, "readonly")),
    **dict.fromkeys((errno.EMFILE, errno.ENFILE, errno.ENOMEM), Fault(_C.WRITE, "memory")),
}

CHECKS: Mapping[str, Fault] = {
    "dataframely.exc.SchemaError": Fault(_C.VALIDATION, "schema"),
    "dataframely.exc.ValidationError": Fault(_C.VALIDATION, "check_failed"),
}


STATUS_ERRORS = frozenset({"httpx.HTTPStatusError", "requests.exceptions.HTTPError", "urllib.error.HTTPError"})
