"""Numbers that depend on their seed alone, for whole columns at once: any day of any instrument without a walk."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

OCTAVES = ((1, 0.008), (4, 0.01), (16, 0.03), (64, 0.08), (256, 0.2), (1024, 0.4))
"""(period in days, amplitude) of the noises that make up a logarithmic price: a day changes it by less than 4 %."""


def uniforms(purpose: str, *seeds: Ints | int) -> Floats:
    """Numbers in [0, 1), one for each element of the seeds."""
    state = np.uint64(zlib.crc32(purpose.encode()))
    with np.errstate(over="ignore"):
        mixed = _mix(np.asarray(seeds[0]).astype(np.uint64) + state)
        for seed in seeds[1:]:
            mixed = _mix(mixed + np.asarray(seed).astype(np.uint64))
    return (mixed >> np.uint64(11)).astype(np.float64) / 2.0**53


def levels(purpose: str, ids: Ints, days: Ints | int, octaves: Sequence[tuple[int, float]] = OCTAVES) -> Floats:
    """Smooth noises at the days, one series per id."""
    total = np.zeros(np.broadcast(ids, days).shape)
    for period, amplitude in octaves:
        cells, offsets = np.divmod(np.asarray(days), period)
        share = offsets / period
        smooth = share * share * (3 - 2 * share)
        left = uniforms(purpose, ids, cells, period)
        right = uniforms(purpose, ids, cells + 1, period) if period > 1 else left
        total += amplitude * (2 * (left * (1 - smooth) + right * smooth) - 1)
    return total


def cents(values: Floats, digits: int = 2) -> Floats:
    """Rounded half up, as exchanges round prices."""
    scale = 10.0**digits
    return np.floor(np.round(values * scale, 6) + 0.5) / scale


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of splitmix64."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
