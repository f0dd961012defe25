"""Every error the SDK raises, in one place.

    OpenDataError
    ├── InvalidValue (ValueError)          a field, its value and the rule it broke
    ├── NotAdjustable (ValueError)         the dataset does not say how its prices are adjusted
    ├── NotPointInTime (ValueError)        the dataset does not say when its rows became known
    ├── NotFound (FileNotFoundError)
    │   ├── DatasetNotFound
    │   ├── VersionNotFound
    │   └── NotLocked                      the lock file does not hold the dataset
    ├── Gone (FileNotFoundError)           a recorded object is missing from the store
    ├── IntegrityError (OSError)           bytes do not match the recorded sha256
    │   └── RollbackRefused                the store shows an older state than was seen before
    ├── StoreError (ConnectionError)
    │   ├── StoreUnavailable               the store did not answer; nothing is known about the object
    │   ├── StoreDenied (PermissionError)
    │   ├── StoreFull                      no space, quota or read-only
    │   └── BackendUnsafe                  the store ignores conditional writes: refuse to write to it
    ├── Conflict                           somebody else published meanwhile
    │   └── CommitUncertain                the store never said whether the commit landed
    ├── GateFailed                         evidence is failing, missing or stale: not published
    ├── StaleData                          the newest data is older than max_staleness allows
    ├── UpgradeRequired                    the data was written by a newer format than this SDK reads
    ├── Offline (ConnectionError)          offline, and the cache does not hold what was asked for
    ├── CacheError (OSError)               the cache folder cannot be written
    └── MissingExtra (ImportError)         an optional package is needed

Each carries a stable `code`, the CLI `exit_code`, a `hint` that says what to do next, and the server's `request_id`
if it named one. Two warnings stand beside them: StaleState, when a state is read (offline or from a mirror) that may
have been replaced since, and UnknownSymbol, when a symbol that was asked for has no row.
"""

from __future__ import annotations


class OpenDataError(Exception):
    """Base of all errors raised by the SDK."""

    code = "error"
    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None, request_id: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.request_id = request_id
        """By which a server knows the request that failed, if it named it."""

    def __str__(self) -> str:
        return f"{self.message}\nhint: {self.hint}" if self.hint else self.message


class InvalidValue(OpenDataError, ValueError):
    """A value breaks a rule of the contract; names the field, the value and the rule."""

    code = "invalid_value"
    exit_code = 1

    def __init__(self, field: str, value: object, rule: str, *, hint: str | None = None) -> None:
        self.field = field
        self.value = value
        self.rule = rule
        super().__init__(f"{field}: {value!r} is not valid: {rule}", hint=hint)


class NotAdjustable(OpenDataError, ValueError):
    """Adjusted prices were asked for, and the dataset does not say which factor adjusts which prices."""

    code = "not_adjustable"


class NotPointInTime(OpenDataError, ValueError):
    """What was knowable at a time was asked for, and the dataset does not say when its rows became known."""

    code = "not_point_in_time"


class NotFound(OpenDataError, FileNotFoundError):
    """What was asked for does not exist (the store answered and said so)."""

    code = "not_found"
    exit_code = 3


class DatasetNotFound(NotFound):
    """No dataset of that id has been published."""

    code = "dataset_not_found"


class VersionNotFound(NotFound):
    """The dataset exists, the requested version does not."""

    code = "version_not_found"


class NotLocked(NotFound):
    """The lock file has no entry for the dataset."""

    code = "not_locked"


class Gone(OpenDataError, FileNotFoundError):
    """A commit names an object that the store no longer has."""

    code = "gone"
    exit_code = 4


class IntegrityError(OpenDataError, OSError):
    """Bytes do not hash to what the commit recorded; they were not used and not cached."""

    code = "integrity"
    exit_code = 4


class RollbackRefused(IntegrityError):
    """The store shows an older or another history than was seen: an attack, or a restored backup."""

    code = "rollback_refused"


class StoreError(OpenDataError, ConnectionError):
    """The store could not do what was asked."""

    code = "store"
    exit_code = 5


class StoreUnavailable(StoreError):
    """The store did not answer in time; this says nothing about whether the object exists."""

    code = "store_unavailable"


class StoreDenied(StoreError, PermissionError):
    """The store refused the credentials or the action."""

    code = "store_denied"
    exit_code = 6


class StoreFull(StoreError):
    """No space, quota exhausted or read-only."""

    code = "store_full"


class BackendUnsafe(StoreError):
    """The store does not honour conditional writes, so publishing to it could lose data."""

    code = "backend_unsafe"


class Conflict(OpenDataError):
    """Somebody else published meanwhile and the change no longer applies to its stated base."""

    code = "conflict"
    exit_code = 7


class CommitUncertain(Conflict):
    """The store never said whether the commit landed; publishing again is safe and settles it."""

    code = "commit_uncertain"


class GateFailed(OpenDataError):
    """Evidence is failing, missing or stale for what was about to be published."""

    code = "gate_failed"
    exit_code = 8


class StaleData(OpenDataError):
    """The newest data is older than the caller accepts."""

    code = "stale_data"
    exit_code = 8


class UpgradeRequired(OpenDataError):
    """The object was written in a newer format than this version of the SDK reads."""

    code = "upgrade_required"
    exit_code = 1


class Offline(OpenDataError, ConnectionError):
    """Offline mode is on and the cache does not hold what was asked for."""

    code = "offline"
    exit_code = 5


class CacheError(OpenDataError, OSError):
    """The cache folder cannot be written: read-only, full or not ours."""

    code = "cache"
    exit_code = 1


class MissingExtra(OpenDataError, ImportError):
    """An optional dependency is needed for what was asked."""

    code = "missing_extra"
    exit_code = 2


class StaleState(UserWarning):
    """What is read may be behind the store: it is the newest state known here, or what a mirror says."""


class UnknownSymbol(UserWarning):
    """A symbol that was asked for has no row in what was loaded."""
