"""One request as the gateway's operations see it, and their answer, without a web framework."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from opendata.errors import InvalidValue

from opendata_platform.gateway.access import Access
from opendata_platform.gateway.limits import Left
from opendata_platform.gateway.principal import Principal
from opendata_platform.gateway.services import Services


@dataclass(slots=True)
class Call:
    """Who asks for what. What it costs is noted as it is charged; `counted` once it is in the usage statistics."""

    access: Access
    principal: Principal
    ip: str
    method: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    span: str | None = None
    document: Any = None
    left: tuple[Left, ...] = ()
    namespace: str | None = None
    counted: bool = False

    @property
    def dataset(self) -> str:
        """The dataset that the path names."""
        return f"{self.path['namespace']}/{self.path['name']}"

    def asked(self, name: str) -> str:
        """A parameter of the query that must be there."""
        if name not in self.query:
            raise InvalidValue(name, None, "must be given in the query")
        return self.query[name]

    def charge(self, dataset: str | None = None) -> None:
        """Charge the request, before anything is looked at. Raises RateLimited."""
        self.namespace = dataset.split("/")[0] if dataset else None
        self.left = self.access.charge(self.principal, self.ip, self.namespace)

    def hand_out(self, dataset: str | None, *, downloads: int, size: int) -> None:
        """Charge files and bytes of a dataset, before they are handed out, and count it. Raises RateLimited."""
        self.namespace = dataset.split("/")[0] if dataset else None
        self.left += self.access.hand_out(self.principal, self.ip, self.namespace, downloads=downloads, size=size)
        self.counted = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered: a JSON document, or bytes of another type, or only headers."""

    document: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = None
    content_type: str = "application/json"


Handler = Callable[[Services, Call], Answer]
"""An operation: runs in a thread and may wait."""
