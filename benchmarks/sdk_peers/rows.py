"""A row of the comparison: what we need, what the budget is, what each peer needs. Smaller is better in every row."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.sdk_peers.scene import OURS, PEER_NAMES, NotMeasured


@dataclass
class Row:
    """One line of the `budgets` object."""

    name: str
    unit: str
    budget: float
    ours: float | None = None
    peers: dict[str, float | None] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

    @property
    def held(self) -> bool:
        """Whether we keep the budget; without a figure we do not."""
        return self.ours is not None and self.ours <= self.budget

    def put(self, client: str, value: float | None, reason: str = "") -> None:
        """Enter the figure of a client, or why there is none."""
        if client == OURS:
            self.ours = value
        else:
            self.peers[client] = value
        if reason:
            self.reasons[client] = reason

    def to_dict(self) -> dict[str, Any]:
        """As it stands in the output of --json."""
        return {
            "ours": self.ours,
            "budget": self.budget,
            "held": self.held,
            "unit": self.unit,
            "peers": self.peers,
            "reasons": self.reasons,
        }

    def to_text(self) -> str:
        """For a person: ours, and each peer with its ratio to ours."""
        lines = [f"{self.name}: {_figure(self.ours)} {self.unit}, budget {_figure(self.budget)}"]
        lines[0] += ": held" if self.held else ": MISSED"
        for client, value in {OURS: self.ours, **self.peers}.items():
            ratio = f"  × {value / self.ours:.3g}" if client != OURS and value is not None and self.ours else ""
            if client != OURS or client in self.reasons:
                lines.append(f"    {client:<16} {_figure(value):>9}{ratio}  {self.reasons.get(client, '')}".rstrip())
        return "\n".join(lines)


def fill(rows: Sequence[Row], measure: Callable[[str], Sequence[float]], clients: Sequence[str] = ()) -> list[Row]:
    """Measure client after client, ours first; a measurement gives one figure per row."""
    for client in clients or (OURS, *PEER_NAMES):
        print(f"{rows[0].name}: {client}", file=sys.stderr, flush=True)
        try:
            values: Sequence[float | None] = measure(client)
            reason = ""
        except NotMeasured as why:
            values, reason = [None] * len(rows), str(why)
        for row, value in zip(rows, values, strict=True):
            row.put(client, value, reason)
    return list(rows)


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
