"""What happens when bytes arrive damaged, and when the server is overloaded or the line breaks."""

from __future__ import annotations

from benchmarks.delay_proxy import Drop, Fault, Flip, Status
from benchmarks.sdk_peers.rows import Row, fill
from benchmarks.sdk_peers.scene import Scene

FLIPS = 20
DAY_FILE = r"/(day|data)\.parquet$"
"""The same bytes for everybody: the file of one day in the store, and its copy for the peers."""

EVER = 1_000_000


def flipped_bytes(scene: Scene) -> list[Row]:
    """Readings of a file of which one bit is wrong that end as if nothing were, at places spread over the file."""
    size = scene.market.whole.with_name("day.parquet").stat().st_size
    places = [size * (2 * number + 1) // (2 * FLIPS) for number in range(FLIPS)]
    return fill([Row("one-byte flips that were not noticed", "%", 0)], lambda client: [_silent(scene, client, places)])


def _silent(scene: Scene, client: str, places: list[int]) -> float:
    truth = scene.truth("day")
    scene.right(scene.ask(client, "day"))
    silent = 0
    for place in places:
        scene.proxy.clear_faults()
        scene.proxy.inject(Flip(place), times=EVER, path=DAY_FILE)
        outcome = scene.read(scene.ask(client, "day"))
        silent += outcome.error is None and outcome.read != truth
    scene.proxy.clear_faults()
    return 100 * silent / len(places)


def outages(scene: Scene) -> list[Row]:
    """Of three troubles that pass by themselves, those that make a reading fail."""
    size = scene.market.whole.with_name("day.parquet").stat().st_size
    troubles: list[tuple[str, Fault, int]] = [
        ("503 twice", Status(503), 2),
        ("429", Status(429, retry_after=1), 1),
        ("drop", Drop(size // 2), 1),
    ]
    row = Row("503 twice, 429 with Retry-After, drop in mid-stream: failed", "of 3", 0)
    failed: dict[str, list[str]] = {}

    def count(client: str) -> list[float]:
        scene.right(scene.ask(client, "day"))
        failed[client] = []
        for name, fault, times in troubles:
            scene.proxy.clear_faults()
            scene.proxy.inject(fault, times=times, path=DAY_FILE)
            outcome = scene.read(scene.ask(client, "day"))
            if outcome.read != scene.truth("day"):
                failed[client].append(name)
        scene.proxy.clear_faults()
        return [len(failed[client])]

    fill([row], count)
    row.reasons.update({client: ", ".join(names) for client, names in failed.items() if names})
    return [row]
