"""Finds the declarations: every module of `official/` that has a `SPEC`. Adding a dataset is adding one file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from opendata.errors import DatasetNotFound, InvalidValue

from opendata_platform.datasets import official
from opendata_platform.datasets.spec import DatasetSpec


@cache
def all_specs() -> Mapping[str, DatasetSpec]:
    """The declarations by dataset id; raises InvalidValue when two files declare the same id."""
    found: dict[str, DatasetSpec] = {}
    for module in sorted(info.name for info in iter_modules(official.__path__, f"{official.__name__}.")):
        spec: DatasetSpec = import_module(module).SPEC
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
