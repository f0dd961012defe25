"""Finds the declarations: every module of `apis/` that has an `API`. Adding an API is adding one file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from opendata.errors import InvalidValue

from opendata_platform.tushare import apis
from opendata_platform.tushare.declare import Api


@cache
def all_apis() -> Mapping[str, Api]:
    """The declarations by name; raises InvalidValue when a file is not named like its API."""
    found: dict[str, Api] = {}
    for module in sorted(info.name for info in iter_modules(apis.__path__)):
        api: Api = import_module(f"{apis.__name__}.{module}").API
        if api.name != module:
            raise InvalidValue("name", api.name, f"must be {module}, as the file that declares it")
        found[api.name] = api
    return MappingProxyType(found)


def find_api(name: str) -> Api:
    """The declaration of one API; raises InvalidValue naming those there are."""
    if name not in all_apis():
        raise InvalidValue("api", name, f"must be one of {', '.join(all_apis())}")
    return all_apis()[name]
