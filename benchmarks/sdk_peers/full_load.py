"""What a load of everything costs in CPU once the data are here, against polars reading the local file unverified."""

from __future__ import annotations

import sys

from benchmarks.measure import in_turn, ratio
from benchmarks.sdk_peers.rows import Row, fill
from benchmarks.sdk_peers.scene import OURS, PEER_NAMES, Ask, NotMeasured, Scene

ROUNDS = 3
LOCAL = "pl.read_parquet of the local file"


def warm_load(scene: Scene) -> list[Row]:
    """CPU of whole processes, interpreter and imports included, in turn."""
    asks: dict[str, Ask] = {}
    reasons: dict[str, str] = {}
    for client in (OURS, *PEER_NAMES):
        try:
            asks[client] = {**scene.cold(client)[0], "look": False}
        except NotMeasured as why:
            reasons[client] = str(why)
    asks[LOCAL] = {**scene.ask("polars", "all", look=False), "url": str(scene.market.folder)}
    print("full load: all in turn", file=sys.stderr, flush=True)
    samples = in_turn(lambda ask: scene.right(ask).cpu, asks, rounds=ROUNDS)

    def against_local(client: str) -> list[float]:
        if client in reasons:
            raise NotMeasured(reasons[client])
        return [ratio(samples, client, LOCAL)]

    return fill([Row(f"full warm load, CPU against {LOCAL}", "×", 1.15)], against_local)
