"""Deterministic numbers for series that nobody recorded: the same seed gives the same series on every machine.

A value far from the start costs as much as the first one: levels come from hashed lattices of several periods,
never from a walk from the beginning. Not here: what a market or the weather looks like (the sources' modules).
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from functools import lru_cache

_OCTAVES = ((1024, 1.0), (256, 0.5), (64, 0.25), (16, 0.12), (4, 0.06), (1, 0.03))
"""(period in steps, amplitude) of the lattices that make up a level."""


def uniforms(count: int, *seed: object) -> Sequence[float]:
    """`count` numbers in [0, 1) that depend on the seed only."""
    digest = hashlib.shake_128(repr(seed).encode()).digest(4 * count)
    return [n / 2**32 for n in struct.unpack(f"<{count}I", digest)]


def level(position: int, *seed: object) -> float:
    """A smooth-looking series at an integer position, about -1.5 to 1.5, in constant time."""
    return sum(amplitude * _lattice(position, period, seed) for period, amplitude in _OCTAVES)


def bridge(steps: int, *seed: object) -> list[float]:
    """`steps + 1` values of a random path from 0 back to 0, typically within ±1."""
    path = [0.0]
    for u in uniforms(steps, "bridge", *seed):
        path.append(path[-1] + (u - 0.5) * (12 / steps) ** 0.5)
    return [value - path[-1] * i / steps for i, value in enumerate(path)]


def _lattice(position: int, period: int, seed: tuple[object, ...]) -> float:
    cell, offset = divmod(position, period)
    t = offset / period
    smooth = t * t * (3 - 2 * t)
    return _knot(cell, period, seed) * (1 - smooth) + _knot(cell + 1, period, seed) * smooth


@lru_cache(maxsize=65536)
def _knot(cell: int, period: int, seed: tuple[object, ...]) -> float:
    return 2 * uniforms(1, "knot", cell, period, *seed)[0] - 1
