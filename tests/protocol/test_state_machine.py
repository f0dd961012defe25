"""A hypothesis state machine: any sequence of whole operations behaves like a dictionary with history."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from opendata.contract.ids import Version
from opendata.contract.records import Record
from opendata.contract.selectors import AtSeq, Newest
from opendata.errors import VersionNotFound
from opendata.protocol.fsck import check_store
from opendata.protocol.gc import collect_garbage
from opendata.protocol.history import rollback, yank
from opendata.protocol.index import join_index, read_index, sweep_dirty
from opendata.protocol.operations import Put, Steps
from opendata.protocol.publish import Published, Quarantined, Unchanged
from opendata.protocol.resolve import find_pinned, find_state, find_version, read_entries

from tests.protocol.building import BUCKET, DATASET, author, day, draft, joining, packing, publishing, writer
from tests.protocol.invariants import Invariants, segment_size
from tests.protocol.simulator import Fault, SimulatedStore, run

DAYS = st.integers(0, 11).map(day)
CONTENTS = st.sampled_from(("a", "b", "c"))
View = dict[str, str]


class Dataset(RuleBasedStateMachine):
    """The model: what each commit showed (partition to content), and every version that was ever published."""

    @initialize()
    def begin(self) -> None:
        self.world = Invariants(SimulatedStore())
        self.views: list[View] = [{}]
        self.versions: dict[str, str] = {}
        self.pins: list[tuple[Record, View]] = []

    def do(self, steps: Steps[Any]) -> Any:
        return run(self.world.store, steps)

    def committed(self, record: Record, view: View) -> None:
        """A commit must be the next one, or none if nothing changed."""
        if record.seq == len(self.views) - 1:
            assert view == self.views[-1]
            return
        assert record.seq == len(self.views)
        self.views.append(view)

    @rule(partitions=st.dictionaries(DAYS, CONTENTS, min_size=1, max_size=4), passed=st.booleans() | st.just(True))
    def publish(self, partitions: View, passed: bool) -> None:
        result = self.do(publishing([draft(p, c, passed) for p, c in partitions.items()], author()[0]))
        changed = {p: c for p, c in partitions.items() if self.views[-1].get(p) != c}
        if not changed:
            assert isinstance(result, Unchanged)
        elif not passed:
            assert isinstance(result, Quarantined)
            assert set(result.partitions) == changed.keys()
        else:
            assert isinstance(result, Published)
            for version in result.versions:
                assert version not in self.versions
                self.versions[version] = partitions[Version.parse(version).base]
            self.committed(result.record, self.views[-1] | changed)
            self.do(joining(result))

    @precondition(lambda self: len(self.views) > 1)
    @rule(data=st.data())
    def roll_back(self, data: st.DataObject) -> None:
        seq = data.draw(st.integers(1, len(self.views) - 1))
        self.committed(self.do(rollback(DATASET, seq, author()[0], "wrong")), dict(self.views[seq]))

    @precondition(lambda self: self.views[-1])
    @rule(data=st.data())
    def yank(self, data: st.DataObject) -> None:
        partition = data.draw(st.sampled_from(sorted(self.views[-1])))
        view = {p: c for p, c in self.views[-1].items() if p != partition}
        self.committed(self.do(yank(DATASET, partition, author()[0], "wrong")), view)

    @precondition(lambda self: len(self.views) > 1)
    @rule(lo=DAYS, hi=DAYS)
    def pack(self, lo: str, hi: str) -> None:
        record = self.do(packing(min(lo, hi), max(lo, hi), author()[0]))
        if record:
            self.committed(record, dict(self.views[-1]))

    @precondition(lambda self: len(self.views) > 1)
    @rule()
    def collect(self) -> None:
        before = len(self.world.datasets[DATASET].records)
        self.do(collect_garbage(DATASET, author()[0]))
        self.views += [dict(self.views[-1])] * (len(self.world.datasets[DATASET].records) - before)

    @rule(partition=DAYS, content=CONTENTS, after=st.integers(0, 15))
    def crash_while_publishing(self, partition: str, content: str, after: int) -> None:
        crashed = writer(self.world.store, lambda who: publishing([draft(partition, content)], who))
        while crashed.running and crashed.performed < after:
            if isinstance(crashed.operation, Put) and "/_log/" in crashed.operation.key:
                break
            crashed.step()
        if crashed.running:
            crashed.step(Fault.CRASH_BEFORE)

    @precondition(lambda self: len(self.views) > 1)
    @rule(what=st.sampled_from(("latest", "index", "empty")))
    def lose_what_can_be_recomputed(self, what: str) -> None:
        objects = self.world.store.objects
        if what == "index":
            objects.pop("index.json", None)
            self.world.indexed.clear()
            self.do(join_index([], BUCKET))
        elif what == "latest":
            objects.pop(f"datasets/{DATASET}/latest.json", None)
        else:
            objects[f"datasets/{DATASET}/latest.json"] = b""

    @precondition(lambda self: len(self.views) > 1)
    @rule()
    def sweep(self) -> None:
        self.do(sweep_dirty(BUCKET))

    @precondition(lambda self: len(self.views) > 1)
    @rule()
    def pin(self) -> None:
        self.pins.append((self.do(find_state(DATASET, Newest())).record, self.views[-1]))

    @precondition(lambda self: len(self.views) > 1)
    @rule(data=st.data())
    def read(self, data: st.DataObject) -> None:
        seq = data.draw(st.integers(1, len(self.views) - 1))
        self.shows(self.do(find_state(DATASET, AtSeq(seq))).record, self.views[seq])
        self.shows(self.do(find_state(DATASET, Newest())).record, self.views[-1])

    @precondition(lambda self: len(self.views) > 1)
    @rule(partition=DAYS, revision=st.integers(1, 5))
    def read_a_version(self, partition: str, revision: int) -> None:
        version, newest = Version(partition, revision), self.do(find_state(DATASET, Newest())).record
        if str(version) in self.versions:
            found = self.do(find_version(newest, version))
            assert self.world.store.objects[found.key(DATASET)].decode() == self.versions[str(version)]
        else:
            with pytest.raises(VersionNotFound):
                self.do(find_version(newest, version))

    def shows(self, record: Record, view: View) -> None:
        entries = self.do(read_entries(record))
        read = {e.partition: self.world.store.objects[e.data.key(DATASET)].decode() for e in entries if e.data}
        assert read == view

    def teardown(self) -> None:
        if not hasattr(self, "world") or len(self.views) == 1:
            return
        assert all(finding.repaired for finding in self.do(check_store(BUCKET, repair=True)))
        self.world.check_repaired()
        self.world.check_time_travel()
        if collect := self.do(collect_garbage(DATASET, author()[0])):
            assert self.do(collect_garbage(DATASET, author()[0])) == (), f"collected {collect}, and again"
        self.world.check_packs()
        entries = self.do(read_index()) or {}
        assert entries[DATASET]["partitions"] == len(self.views[-1])
        for record, view in self.pins:
            self.shows(self.do(find_pinned(DATASET, record.seq, record.sha256)).record, view)


CHECKS = (HealthCheck.too_slow, HealthCheck.filter_too_much)


def run_machine(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Dataset,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=CHECKS, database=None
        ),
    )


@pytest.mark.usefixtures("small_segments")
@pytest.mark.parametrize("part", range(4))
def test_any_sequence_of_operations_behaves_like_a_dictionary_with_history(part: int) -> None:
    assert segment_size() == 3
    run_machine(examples=250, steps=60)


@pytest.mark.slow
@pytest.mark.usefixtures("small_segments")
@pytest.mark.parametrize("part", range(49))
def test_fifty_thousand_sequences_behave_like_a_dictionary_with_history(part: int) -> None:
    run_machine(examples=1_000, steps=60)
