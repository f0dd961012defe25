"""Finds the declarations: every module of `official/` that has a `SPEC`, those of Tushare's APIs and tables, and the
matrix of what these have.

Adding a dataset is adding one file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from opendata.errors import DatasetNotFound, InvalidValue

from opendata_platform.datasets import official, tushare
from opendata_platform.datasets.partitions import Partitions
from opendata_platform.datasets.spec import DatasetSpec


@cache
def official_specs() -> Mapping[str, DatasetSpec]:
    """The official datasets by id."""
    modules = sorted(info.name for info in iter_modules(official.__path__, f"{official.__name__}."))
    return _by_id(import_module(module).SPEC for module in modules)


@cache
def all_specs() -> Mapping[str, DatasetSpec]:
    """All declarations by dataset id; raises InvalidValue when two files declare the same id."""
    return _by_id([*official_specs().values(), *tushare.specs(), tushare.matrix_spec()])


def _by_id(specs: Iterable[DatasetSpec]) -> Mapping[str, DatasetSpec]:
    found: dict[str, DatasetSpec] = {}
    for spec in specs:
        if spec.id in found:
            raise InvalidValue("id", spec.id, "must be declared by one file only")
        found[spec.id] = spec
    return MappingProxyType(found)


def find_spec(dataset: str) -> DatasetSpec:
    """The declaration of one dataset; raises DatasetNotFound."""
    specs = all_specs()
    if dataset not in specs:
        raise DatasetNotFound(f"no dataset {dataset} is declared", hint=f"declared are: {', '.join(specs)}")
    return specs[dataset]


def partitions_of(dataset: str) -> Partitions:
    """Which partitions a dataset has; raises DatasetNotFound."""
    return find_spec(dataset).partitions
