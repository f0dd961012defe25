"""Finds the tables: every module of `tables/` that has a `TABLE`. Adding a table is adding one file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from opendata.errors import InvalidValue

from opendata_platform.tushare import tables
from opendata_platform.tushare.table import Table


@cache
def all_tables() -> Mapping[str, Table]:
    """The tables by name; raises InvalidValue when a file is not named like its table."""
    found: dict[str, Table] = {}
    for module in sorted(info.name for info in iter_modules(tables.__path__)):
        table: Table = import_module(f"{tables.__name__}.{module}").TABLE
        if table.name.replace("-", "_") != module:
            raise InvalidValue("name", table.name, f"must be {module.replace('_', '-')}, as the file that declares it")
        found[table.name] = table
    return MappingProxyType(found)
