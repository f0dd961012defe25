"""What each plan allows, and the ceilings that hold whatever the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from opendata.errors import InvalidValue

MINUTE = 60
DAY = 86_400
GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Plan:
    """How fast and how much the holder of a key, or an address without one, may ask."""

    name: str
    requests_per_minute: int
    downloads_per_day: int
    bytes_per_day: int


ANONYMOUS = Plan("anonymous", 60, 500, 2 * GIB)
FREE = Plan("free", 300, 5_000, 20 * GIB)
PRO = Plan("pro", 3_000, 50_000, 500 * GIB)
ENTERPRISE = Plan("enterprise", 30_000, 1_000_000, 10_000 * GIB)

PLANS: Mapping[str, Plan] = MappingProxyType({plan.name: plan for plan in (ANONYMOUS, FREE, PRO, ENTERPRISE)})
FOR_KEYS = tuple(name for name in PLANS if name != ANONYMOUS.name)


@dataclass(frozen=True, slots=True)
class Policy:
    """The plans in force and the ceilings over them."""

    plans: Mapping[str, Plan] = field(default_factory=lambda: PLANS)
    requests_per_minute_of_address: int = 60_000
    """All keys behind one address together."""
    requests_per_minute_of_namespace: int = 120_000
    """All callers of one namespace together, so that one popular namespace leaves room for the others."""
    failed_attempts_per_minute_of_address: int = 10
    failed_attempts_per_minute_of_prefix: int = 30


def check_plan(name: str) -> str:
    """Return `name` if a key can have this plan, else raise InvalidValue."""
    if name not in FOR_KEYS:
        raise InvalidValue("plan", name, f"must be one of {', '.join(FOR_KEYS)}")
    return name
