"""What has to be fetched: for what is here already, after a kill, for a slice, for one more day."""

from __future__ import annotations

import time

from benchmarks.sdk_peers.rows import Row, fill
from benchmarks.sdk_peers.scene import NotMeasured, Scene, send

MEGABYTE = 1e6
STARTS_OVER = "keeps nothing: reads the URL again"
UNCACHED = ("owid-catalog", "polars", "pandas", "pyarrow", "duckdb")


def loading_again(scene: Scene) -> list[Row]:
    """Requests of a later process that loads what this machine has: a pinned version, and the newest."""

    def requests(client: str) -> list[float]:
        ask, _ = scene.cold(client)
        pinned = {**ask, "pin": scene.ask(client, "all", pinned=True)["pin"]}
        scene.right(pinned)  # a version may have to be looked up once
        return [scene.right(pinned).requests, scene.right(ask).requests]

    rows = [Row("pinned warm load", "requests", 0), Row("moving warm load", "requests", 1)]
    fill(rows, requests)
    for row in rows:
        row.reasons.update({client: STARTS_OVER for client in UNCACHED if row.peers[client] is not None})
    rows[1].put("pooch", None, "has no moving versions: the hash is in the program")
    return rows


def killed_at_half(scene: Scene) -> list[Row]:
    """Bytes that the second run fetches after the first was killed when half had passed."""

    def share(client: str) -> list[float]:
        whole = scene.cold(client)[1].bytes
        ask = scene.ask(client, "all")
        scene.proxy.start_counting()
        process = scene.start(client, ask["cache"])
        send(process, ask)
        while process.poll() is None and scene.proxy.bytes < whole / 2:
            time.sleep(0.002)
        process.kill()
        process.communicate()
        if scene.proxy.bytes >= whole:
            raise NotMeasured("was done before it could be killed")
        return [100 * scene.right(ask).bytes / whole]

    return fill([Row("kill -9 at half, run again", "% of the bytes", 55)], share)


def one_month(scene: Scene) -> list[Row]:
    """Three columns of one month, with an empty cache."""
    return _slice(scene, "month", "one month × 3 columns", megabytes=5, requests=6)


def one_symbol(scene: Scene) -> list[Row]:
    """Five years of one symbol, and all of it with the days of the month that goes on, each with an empty cache."""
    return [
        *_slice(scene, "symbol", "one symbol, 5 years", megabytes=2, requests=4),
        *_slice(scene, "series", "one symbol to the newest day", megabytes=2, requests=4),
    ]


def _slice(scene: Scene, task: str, name: str, *, megabytes: float, requests: float) -> list[Row]:
    def fetched(client: str) -> list[float]:
        if client == "owid-catalog":
            raise NotMeasured("reads whole tables only")
        outcome = scene.right(scene.ask(client, task))
        return [outcome.bytes / MEGABYTE, outcome.requests]

    return fill([Row(name, "MB", megabytes), Row(f"{name}: requests", "requests", requests)], fetched)


def one_more_day(scene: Scene) -> list[Row]:
    """Bytes that somebody fetches who has everything but a day that was published since. Changes the market."""
    clients = {client: scene.cold(client) for client in scene.able}
    scene.publish_last_day()

    def share(client: str) -> list[float]:
        if client not in clients:
            raise NotMeasured("cannot load everything")
        ask, cold = clients[client]
        return [100 * scene.right({**ask, "sha256": scene.ask(client, "all")["sha256"]}).bytes / cold.bytes]

    return fill([Row("one more day for a returning user", "% of the set", 2.5)], share)
