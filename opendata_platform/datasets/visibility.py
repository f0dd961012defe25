"""Whether the public index lists a dataset: as declared, unless the operator opts a private one in by name.

Redistributing a vendor's data is the operator's own matter, so nothing private is ever listed by default.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Literal, TypeAlias

from opendata.contract.ids import check_dataset_id

Visibility: TypeAlias = Literal["public", "private"]

OPT_IN = "OPENDATA_LISTED_DATASETS"
"""Ids of private datasets that the operator lists all the same, separated by commas."""


def visibility_of(dataset: str, declared: Visibility, environ: Mapping[str, str] | None = None) -> Visibility:
    """The visibility in force; raises InvalidValue when the variable names what cannot be a dataset."""
    named = (os.environ if environ is None else environ).get(OPT_IN, "")
    listed = {check_dataset_id(name.strip(), OPT_IN) for name in named.split(",") if name.strip()}
    return "public" if dataset in listed else declared
