"""Load verified, versioned open data.

    import opendata as od

    df = od.load("official/stooq-aapl-daily")

Importing this costs next to nothing: each name is loaded when it is first used.
"""

from __future__ import annotations

TYPE_CHECKING = False  # what type checkers take for true; importing typing would be most of the cost

if TYPE_CHECKING:
    from opendata import errors as errors
    from opendata.api import changes as changes
    from opendata.api import cite as cite
    from opendata.api import diff as diff
    from opendata.api import explain as explain
    from opendata.api import head as head
    from opendata.api import info as info
    from opendata.api import init as init
    from opendata.api import load as load
    from opendata.api import push as push
    from opendata.api import scan as scan
    from opendata.api import search as search
    from opendata.api import validate as validate
    from opendata.api import verify as verify
    from opendata.api import versions as versions
    from opendata.client import Client as Client
    from opendata.read.provenance import provenance as provenance

_HOMES = {
    "Client": "opendata.client",
    "changes": "opendata.api",
    "cite": "opendata.api",
    "diff": "opendata.api",
    "explain": "opendata.api",
    "errors": "opendata.errors",
    "head": "opendata.api",
    "info": "opendata.api",
    "init": "opendata.api",
    "load": "opendata.api",
    "provenance": "opendata.read.provenance",
    "push": "opendata.api",
    "scan": "opendata.api",
    "search": "opendata.api",
    "validate": "opendata.api",
    "verify": "opendata.api",
    "versions": "opendata.api",
}

__all__ = [
    "Client",
    "changes",
    "cite",
    "diff",
    "errors",
    "explain",
    "head",
    "info",
    "init",
    "load",
    "provenance",
    "push",
    "scan",
    "search",
    "validate",
    "verify",
    "versions",
]


if not TYPE_CHECKING:  # else type checkers would believe that every attribute exists

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        module = import_module(_HOMES[name])
        value = module if name == "errors" else getattr(module, name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
