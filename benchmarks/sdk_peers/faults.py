"""What happens when bytes arrive damaged, and when the server is overloaded or the line breaks."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from benchmarks.delay_proxy import Drop, Fault, Flip, Status
from benchmarks.sdk_peers.rows import Row, fill
from benchmarks.sdk_peers.scene import OURS, Ask, NotMeasured, Outcome, Scene

FLIPS = 20
DAY_FILE = r"/(day|data)\.parquet$"
"""The same bytes for everybody: the file of one day in the store, and its copy for the peers."""

EVER = 1_000_000


ONE_READING_A_PROCESS = ("datasets",)
"""What it has downloaded lies where its process was told to keep it, whatever cache a reading names."""


def flipped_bytes(scene: Scene) -> list[Row]:
    """Readings with one bit wrong that end as if nothing were: of a whole file, and of a slice read by ranges."""
    size = scene.market.whole.with_name("day.parquet").stat().st_size
    whole = fill(
        [Row("one-byte flips in a file: not noticed", "%", 0)],
        lambda client: [_silent(scene, client, _spread([(0, size)]))],
    )
    return whole + fill([Row("one-byte flips in a slice: not noticed", "%", 0)], lambda _: [_accepted(scene)], [OURS])


def _accepted(scene: Scene) -> float:
    """The share of flips in what is fetched of a pack that end without an error. Of the SDK only: whether a peer should
    notice depends on what it fetches beyond the rows wanted."""
    scene.truth("symbol")
    scene.right(scene.ask(OURS, "symbol"))
    fetched = [seen for seen in scene.proxy.seen if "/_pack/" in seen.path and seen.path.endswith(".parquet")]
    if not fetched:
        raise NotMeasured("read no pack")
    path = re.escape(fetched[0].path)
    places = _spread([(seen.start, seen.start + seen.bytes) for seen in fetched if seen.path == fetched[0].path])
    with scene.session(OURS, scene.ask(OURS, "symbol")["cache"]) as read:
        return 100 * sum(_flipped(scene, read, OURS, "symbol", path, at).error is None for at in places) / FLIPS


def _spread(spans: Sequence[tuple[int, int]]) -> list[int]:
    """Places spread evenly over spans of bytes."""
    total = sum(end - start for start, end in spans)
    places = []
    for number in range(FLIPS):
        at = total * (2 * number + 1) // (2 * FLIPS)
        for start, end in spans:
            if at < end - start:
                places.append(start + at)
                break
            at -= end - start
    return places


def _silent(scene: Scene, client: str, places: Sequence[int]) -> float:
    """The share of flips in the file of a day after which wrong data are given out without an error."""
    truth = scene.truth("day")

    def misled(read: Callable[[Ask], Outcome]) -> int:
        outcomes = [_flipped(scene, read, client, "day", DAY_FILE, place) for place in places]
        return sum(outcome.error is None and outcome.read != truth for outcome in outcomes)

    if client in ONE_READING_A_PROCESS:
        return 100 * misled(scene.read) / FLIPS
    with scene.session(client, scene.ask(client, "day")["cache"]) as read:
        return 100 * misled(read) / FLIPS


def _flipped(scene: Scene, read: Callable[[Ask], Outcome], client: str, task: str, path: str, place: int) -> Outcome:
    """A reading during which one byte of a file arrives damaged."""
    scene.proxy.inject(Flip(place), times=EVER, path=path)
    outcome = read(scene.ask(client, task))
    scene.proxy.clear_faults()
    return outcome


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
