"""A partition that went through the gate. Only what is `Audited` can be published."""

from __future__ import annotations

from dataclasses import dataclass

from opendata.contract.metadata import Metadata
from opendata.protocol.publish import Draft

from opendata_platform.datasets.spec import DatasetSpec
from opendata_platform.quality.changes import Changes


@dataclass(frozen=True, slots=True)
class Audited:
    """One partition with its evidence, whatever the verdict."""

    spec: DatasetSpec
    metadata: Metadata
    draft: Draft
    changes: Changes | None
    """What it changes about the published rows; None for the first ones."""
