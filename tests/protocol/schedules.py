"""Random histories: two to four writers on one dataset, interleaved at every store operation, with faults."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any
from zlib import crc32

from opendata.protocol.commit import Author
from opendata.protocol.gc import collect_garbage
from opendata.protocol.history import rollback, yank
from opendata.protocol.index import sweep_dirty
from opendata.protocol.operations import Steps

from tests.protocol.building import BUCKET, DATASET, day, draft, packing, publishing, writer
from tests.protocol.invariants import Invariants, Violation
from tests.protocol.simulator import Scheduler, SimulatedStore, Writer

DAYS = 10
CONTENTS = ("day 1", "a", "b", "crashed")


def random_writer(store: SimulatedStore, random: Random) -> Writer:
    """A writer that does something; contents repeat, so that equal bytes meet."""
    kind = random.choices(("publish", "rollback", "yank", "gc", "pack", "sweep"), (10, 2, 2, 4, 1, 2))[0]
    made = writer(store, _action(kind, random))
    made.fences_only = kind == "gc"
    return made


def _action(kind: str, random: Random) -> Callable[[Author], Steps[Any]]:
    low = random.randrange(DAYS)
    match kind:
        case "publish":
            days = {day(random.randrange(DAYS)) for _ in range(random.choice((1, 1, 2)))}
            drafts = [draft(d, random.choice(CONTENTS), random.random() < 0.9) for d in sorted(days)]
            return lambda who: publishing(drafts, who)
        case "rollback":
            seq = random.randint(1, 5)
            return lambda who: rollback(DATASET, seq, who, "wrong")
        case "yank":
            return lambda who: yank(DATASET, day(low), who, "wrong")
        case "gc":
            return lambda who: collect_garbage(DATASET, who)
        case "pack":
            return lambda who: packing(day(low), day(low + 3), who)
        case _:
            return lambda who: sweep_dirty(BUCKET)


def run_schedule(base: Invariants, seed: int) -> Invariants:
    """One history on a copy of `base`; raises Violation if an invariant breaks."""
    random = Random(seed)
    world = base.fork()
    store = world.store
    if random.random() < 0.2:
        store.hidden = lambda key: crc32(f"{seed}{key}".encode()) % 5 == 0
    writers = [random_writer(store, random) for _ in range(random.randint(2, 4))]
    Scheduler(store, random, random.choice((0.0, 0.03, 0.1))).run(writers)
    store.hidden = lambda key: False
    world.check_outcomes(writers)
    world.check_repaired(deep=seed % 5 == 0)
    if seed % 5 == 0:
        world.check_time_travel()
        world.check_packs()
    return world


def first_violation(base: Invariants, seeds: range) -> tuple[int, Violation] | None:
    """The first seed whose history breaks an invariant."""
    for seed in seeds:
        try:
            run_schedule(base, seed)
        except Violation as violation:
            return seed, violation
    return None
