"""Who asks: what the rest of the gateway knows of a caller, whatever the credential was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller whose credential was accepted, or somebody anonymous.

    `id` is stable and names no secret: "anonymous", "admin", "key:…" or "github:<repository id>". `owner` is in whose
    name it acts, and so which namespaces and datasets are its own. `datasets` are the only ones that it may publish,
    where `ns/*` is a namespace (None: all that its owner has). `actor` is what a commit says of who made it.
    """

    id: str
    owner: str
    plan: str = "anonymous"
    admin: bool = False
    datasets: frozenset[str] | None = None
    actor: Mapping[str, Any] = field(default_factory=dict)

    @property
    def anonymous(self) -> bool:
        """Whether no credential was shown."""
        return self.id == "anonymous"

    @property
    def is_workflow(self) -> bool:
        """Whether it is a workflow in a publishing session: the owner of each of its `datasets` trusts it."""
        return self.id.startswith("github:")

    def covers(self, dataset: str) -> bool:
        """Whether the credential is meant for a dataset; whose the dataset is is another question."""
        return self.datasets is None or dataset in self.datasets or f"{dataset.split('/')[0]}/*" in self.datasets


ANONYMOUS = Principal("anonymous", "")
ADMIN = Principal("admin", "admin", plan="enterprise", admin=True, actor={"kind": "gateway", "principal": "admin"})
