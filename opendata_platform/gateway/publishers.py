"""Trusted publishers: which workflow of which repository may publish a dataset without a stored secret.

A repository is known by its number and its owner's number, because names can be given up and registered by others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from opendata.contract.canonical import format_instant
from opendata.contract.ids import check_dataset_id
from opendata.errors import DatasetNotFound, InvalidValue, NotFound

from opendata_platform.gateway.database import Database, Row, Transaction
from opendata_platform.gateway.limits import Clock

_SELECT = "SELECT dataset, repository_id, repository_owner_id, workflow, ref, environment FROM trusted_publishers"
_NUMBER = re.compile(r"[1-9][0-9]{0,19}")
_WORKFLOW = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}\.ya?ml")
_REF = re.compile(r"refs/(heads|tags)/[^\s~^:?*\[\\]{1,200}")
_ENVIRONMENT = re.compile(r"[^\s/\\:\"'`,;][^/\\:\"'`,;\r\n]{0,254}")


@dataclass(frozen=True, slots=True)
class TrustedPublisher:
    """One workflow that may publish one dataset, from one ref or environment (or both)."""

    dataset: str
    repository_id: str
    repository_owner_id: str
    workflow: str
    ref: str | None = None
    environment: str | None = None

    def __post_init__(self) -> None:
        check_dataset_id(self.dataset, "dataset")
        _check("repository_id", self.repository_id, _NUMBER, "must be the repository's number")
        _check("repository_owner_id", self.repository_owner_id, _NUMBER, "must be the owner's number")
        _check("workflow", self.workflow, _WORKFLOW, "must be a file name in .github/workflows, such as publish.yml")
        if self.ref is not None:
            _check("ref", self.ref, _REF, "must be a full ref, such as refs/heads/main")
        if self.environment is not None:
            _check("environment", self.environment, _ENVIRONMENT, "must be the name of a GitHub environment")
        if self.ref is None and self.environment is None:
            raise InvalidValue("ref", None, "a ref or an environment must be given: not every branch may publish")


class Publishers:
    """The trusted publishers in the gateway's database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, publisher: TrustedPublisher) -> None:
        """Trust a workflow; doing so again changes nothing. Raises DatasetNotFound for an unregistered dataset."""
        with self._database.transaction() as tx:
            if not tx.execute("SELECT id FROM datasets WHERE id = :dataset", dataset=publisher.dataset):
                raise DatasetNotFound(f"{publisher.dataset} is not registered here", hint="register it first")
            tx.execute(
                "INSERT INTO trusted_publishers (dataset, repository_id, repository_owner_id, workflow, ref, "
                "environment, created_at) VALUES (:dataset, :repository_id, :repository_owner_id, :workflow, :ref, "
                ":environment, :now) ON CONFLICT (dataset, repository_id, workflow, ref, environment) "
                "DO UPDATE SET repository_owner_id = excluded.repository_owner_id",
                now=format_instant(self._clock()),
                **_columns(publisher),
            )

    def remove(self, publisher: TrustedPublisher) -> None:
        """Trust a workflow no longer. Raises NotFound if it was not trusted."""
        with self._database.transaction() as tx:
            rows = tx.execute(
                "DELETE FROM trusted_publishers WHERE dataset = :dataset AND repository_id = :repository_id "
                "AND repository_owner_id = :repository_owner_id AND workflow = :workflow AND ref = :ref "
                "AND environment = :environment RETURNING dataset",
                **_columns(publisher),
            )
        if not rows:
            raise NotFound(f"{publisher.dataset} has no such trusted publisher")

    def list(self, dataset: str) -> list[TrustedPublisher]:
        """The trusted publishers of a dataset."""
        with self._database.transaction() as tx:
            rows = tx.execute(f"{_SELECT} WHERE dataset = :id ORDER BY created_at", id=check_dataset_id(dataset))
        return [_publisher(row) for row in rows]


def publishers_of_repository(tx: Transaction, repository_id: str) -> list[TrustedPublisher]:
    """All that trust a repository, within a transaction."""
    rows = tx.execute(f"{_SELECT} WHERE repository_id = :id ORDER BY dataset, created_at", id=repository_id)
    return [_publisher(row) for row in rows]


def _publisher(row: Row) -> TrustedPublisher:
    return TrustedPublisher(**row | {"ref": row["ref"] or None, "environment": row["environment"] or None})


def _columns(publisher: TrustedPublisher) -> dict[str, str]:
    return {
        "dataset": publisher.dataset,
        "repository_id": publisher.repository_id,
        "repository_owner_id": publisher.repository_owner_id,
        "workflow": publisher.workflow,
        "ref": publisher.ref or "",
        "environment": publisher.environment or "",
    }


def _check(field: str, value: object, pattern: re.Pattern[str], rule: str) -> None:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise InvalidValue(field, value, rule)
