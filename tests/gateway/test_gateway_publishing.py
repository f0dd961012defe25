"""Publishing through the gateway's core, before a real bucket: what is let through, and what is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import polars as pl
import pytest
from opendata.contract.canonical import sha256
from opendata.contract.schema import Column, TableSchema
from opendata.contract.selectors import Newest
from opendata.errors import Conflict, DatasetNotFound, InvalidValue, NotFound, OpenDataError
from opendata.protocol.operations import Get, Keys, List
from opendata.protocol.resolve import find_state
from opendata.stores.driver import run
from opendata.write import Encoded, encode

from opendata_platform.gateway.errors import Forbidden, TooLarge, Unauthenticated
from opendata_platform.gateway.principal import ADMIN, ANONYMOUS, Principal
from opendata_platform.gateway.resolving import Resolved
from opendata_platform.gateway.services import Services, open_services
from opendata_platform.gateway.settings import Bucket, Settings
from tests.fixtures.gateway import announce, metadata, upload
from tests.fixtures.seaweedfs import S3Server

DAY = "2026-11-20"
ADA = Principal("key:ada", "ada", "pro", actor={"kind": "gateway", "principal": "key:ada"})
BOB = Principal("key:bob", "bob", "pro")
SCHEMA = TableSchema(
    (Column("day", "date"), Column("city", "string"), Column("celsius", "float64", unit="°C")),
    primary_key=("day", "city"),
    partition_column="day",
)


def weather(celsius: float = 7.5, cities: tuple[str, ...] = ("Berlin", "Oslo"), day: str = DAY) -> Encoded:
    """A data file of one day."""
    frame = pl.DataFrame({"day": [day] * len(cities), "city": cities, "celsius": [celsius] * len(cities)})
    return encode(frame.with_columns(pl.col("day").str.to_date()), SCHEMA)


@dataclass
class Clock:
    """The gateway's clock; a test may turn it."""

    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Desk:
    """A gateway's core, before which ada publishes a dataset of her own."""

    services: Services
    dataset: str

    def begin(self, *files: tuple[str, Encoded], who: Principal = ADA, parent: int | None = None) -> Any:
        return self.services.publishing.begin(announce(self.dataset, *files, parent=parent), who)

    def commit(self, begun: Any, who: Principal = ADA, **more: Any) -> dict[str, Any]:
        return self.services.publishing.commit({"publication": begun["publication"], **more}, who)

    def publish(self, file: Encoded, day: str = DAY, parent: int | None = None) -> dict[str, Any]:
        begun = self.begin((day, file), parent=parent)
        for promised in begun["uploads"]:
            assert upload(promised, file.data).status_code == 200
        return self.commit(begun)

    def resolve(self, version: str | None = None, who: Principal = ANONYMOUS) -> Resolved:
        return self.services.resolving.resolve(self.dataset, version, who)


@pytest.fixture
def clock() -> Clock:
    """The time that it is."""
    return Clock()


@pytest.fixture(scope="module")
def bucket(s3_server: S3Server) -> Bucket:
    """An empty bucket; every test has a dataset of its own in it."""
    return Bucket(s3_server.endpoint, s3_server.new_bucket(), s3_server.access_key_id, s3_server.secret_access_key)


@pytest.fixture
def desk(bucket: Bucket, tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    """A gateway's core where ada has registered a dataset."""
    services = open_services(Settings(bucket, f"sqlite:///{tmp_path / 'gateway.db'}"), clock=clock)
    dataset = f"ada/weather-{uuid4().hex[:8]}"
    services.registry.create(metadata(dataset), ADA)
    yield Desk(services, dataset)
    services.close()


def test_what_is_published_can_be_resolved_and_read(desk: Desk) -> None:
    file = weather()
    done = desk.publish(file)

    resolved = desk.resolve()
    read = httpx.get(resolved.document["url"])
    assert (done["outcome"], done["seq"], done["versions"]) == ("published", 1, [DAY])
    assert read.content == file.data
    assert resolved.document["data"]["sha256"] == file.summary.sha256


def test_the_commit_says_who_published(desk: Desk) -> None:
    done = desk.publish(weather())

    actor = run(find_state(desk.dataset, Newest()), desk.services.store).record.actor
    assert actor == {"kind": "gateway", "principal": "key:ada", "publication": done["publication"]}


def test_a_partition_resolves_to_its_correction(desk: Desk) -> None:
    desk.publish(weather(7.5))
    corrected = desk.publish(weather(8.0))

    assert corrected["versions"] == [f"{DAY}.r2"]
    assert desk.resolve(DAY).data.version == f"{DAY}.r2"
    assert desk.resolve("seq:1").data.version == DAY


def test_the_same_content_is_not_published_twice_nor_uploaded_again(desk: Desk) -> None:
    desk.publish(weather())
    begun = desk.begin((DAY, weather()))

    assert begun["uploads"] == []
    assert desk.commit(begun)["outcome"] == "unchanged"


def test_a_commit_that_is_repeated_answers_the_same(desk: Desk) -> None:
    begun = desk.begin((DAY, weather()))
    upload(begun["uploads"][0], weather().data)

    assert desk.commit(begun) == desk.commit(begun)


def test_several_partitions_are_one_commit(desk: Desk) -> None:
    files = {day: weather(day=day) for day in (DAY, "2026-11-21")}
    begun = desk.begin(*files.items())
    for promised in begun["uploads"]:
        upload(promised, files[promised["partition"]].data)

    done = desk.commit(begun)
    assert (done["seq"], done["versions"]) == (1, [DAY, "2026-11-21"])


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda headers, data: (headers, data[:-1] + bytes([data[-1] ^ 1])), id="other bytes"),
        pytest.param(
            lambda headers, data: ({**headers, "content-length": str(len(data) + 1)}, data + b"x"), id="longer"
        ),
        pytest.param(lambda headers, data: ({**headers, "content-type": "text/html"}, data), id="another type"),
        pytest.param(
            lambda headers, data: ({k: v for k, v in headers.items() if k != "if-none-match"}, data), id="may overwrite"
        ),
    ],
)
def test_the_bucket_refuses_an_upload_that_was_not_promised(desk: Desk, damage: Any) -> None:
    promised = desk.begin((DAY, weather()))["uploads"][0]
    headers, data = damage(promised["headers"], weather().data)

    assert httpx.put(promised["url"], headers=headers, content=data).status_code in (400, 403)
    assert desk.services.store.perform(List(f"datasets/{desk.dataset}/")) == Keys(())


def test_an_upload_is_good_for_one_object_once(desk: Desk) -> None:
    promised = desk.begin((DAY, weather()))["uploads"][0]
    elsewhere = promised["url"].replace(DAY, "2026-11-21")

    assert httpx.put(elsewhere, headers=promised["headers"], content=weather().data).status_code == 403
    assert upload(promised, weather().data).status_code == 200
    assert upload(promised, weather().data).status_code == 412


def test_nothing_is_published_before_it_is_uploaded(desk: Desk) -> None:
    begun = desk.begin((DAY, weather()))
    with pytest.raises(Conflict, match="not been uploaded"):
        desk.commit(begun)

    upload(begun["uploads"][0], weather().data)
    assert desk.commit(begun)["outcome"] == "published"


def test_who_was_overtaken_learns_it(desk: Desk) -> None:
    mine, theirs = desk.begin((DAY, weather(1.0))), desk.begin((DAY, weather(2.0)))
    assert mine["uploads"][0]["url"].partition("?")[0] == theirs["uploads"][0]["url"].partition("?")[0]
    assert upload(theirs["uploads"][0], weather(2.0).data).status_code == 200
    assert upload(mine["uploads"][0], weather(1.0).data).status_code in (400, 403, 412)
    assert desk.commit(theirs)["outcome"] == "published"

    with pytest.raises(Conflict, match="other bytes"):
        desk.commit(mine)
    with pytest.raises(Conflict, match="somebody else"):
        desk.begin((DAY, weather(1.0)), parent=0)
    assert desk.publish(weather(1.0), parent=1)["versions"] == [f"{DAY}.r2"]


def test_a_parent_from_the_future_is_refused(desk: Desk) -> None:
    with pytest.raises(Conflict, match="log ends at 0"):
        desk.begin((DAY, weather()), parent=7)


def test_rows_that_break_a_rule_are_quarantined_and_seen_by_nobody(desk: Desk) -> None:
    done = desk.publish(weather(cities=("Oslo", "Oslo")))

    failed = [check["name"] for check in done["checks"] if not check["passed"] and check["severity"] == "E"]
    assert (done["outcome"], done["seq"], failed) == ("quarantined", None, ["primary_key"])
    with pytest.raises(DatasetNotFound):
        desk.resolve(who=ADA)
    assert desk.publish(weather())["outcome"] == "published"


def test_columns_that_were_not_declared_are_quarantined(desk: Desk) -> None:
    declared = [{"name": "day", "type": "date"}, {"name": "celsius", "type": "float64"}]
    desk.services.registry.update(desk.dataset, metadata(desk.dataset, columns=declared), ADA)

    done = desk.publish(weather())
    assert "schema" in [check["name"] for check in done["checks"] if not check["passed"]]
    assert done["outcome"] == "quarantined"


def test_a_creators_own_failing_check_counts(desk: Desk) -> None:
    begun = desk.begin((DAY, weather()))
    upload(begun["uploads"][0], weather().data)
    claim = {"name": "too_cold", "severity": "E", "passed": False, "observed": "-300", "limit": "-273"}

    done = desk.commit(begun, evidence={"checks": [claim]})
    assert done["outcome"] == "quarantined"
    assert "creator.too_cold" in [check["name"] for check in done["checks"]]


@pytest.mark.parametrize("data", [b"PAR1 no parquet PAR1", b"x" * 2000], ids=["marked", "noise"])
def test_what_is_no_table_is_refused(desk: Desk, data: bytes) -> None:
    document = {"dataset": desk.dataset, "partitions": [{"partition": DAY, "bytes": len(data), "sha256": sha256(data)}]}
    begun = desk.services.publishing.begin(document, ADA)
    assert upload(begun["uploads"][0], data).status_code == 200
    with pytest.raises(InvalidValue, match="Parquet"):
        desk.commit(begun)


def test_a_publication_belongs_to_who_began_it(desk: Desk) -> None:
    begun = desk.begin((DAY, weather()))
    upload(begun["uploads"][0], weather().data)

    for other in (BOB, ANONYMOUS):
        with pytest.raises(Forbidden):
            desk.commit(begun, other)
        with pytest.raises(Forbidden):
            desk.services.publishing.abort({"publication": begun["publication"]}, other)
    with pytest.raises(NotFound):
        desk.services.publishing.commit({"publication": "01M00000000000000000000000"}, ADA)


@pytest.mark.parametrize(
    ("who", "refused"),
    [
        (ANONYMOUS, Unauthenticated),
        (BOB, Forbidden),
        (Principal("github:1", "github:2", datasets=frozenset({"ada/other"})), Forbidden),
        (Principal("key:x", "ada", datasets=frozenset({"bob/*"})), Forbidden),
        (Principal("key:x", "carol", datasets=frozenset({"ada/*"})), Forbidden),
    ],
)
def test_only_who_may_publish_begins(desk: Desk, who: Principal, refused: type[OpenDataError]) -> None:
    with pytest.raises(refused):
        desk.begin((DAY, weather()), who=who)


@pytest.mark.parametrize(
    "who",
    [
        ADMIN,
        Principal("key:other", "ada"),
        Principal("github:1", "github:2", datasets=frozenset({"ada/*"})),
        Principal("key:x", "ada", datasets=frozenset({"ada/*"})),
    ],
)
def test_who_may_publish_begins(desk: Desk, who: Principal) -> None:
    assert desk.begin((DAY, weather()), who=who)["uploads"]


def test_what_was_aborted_is_over(desk: Desk) -> None:
    begun = desk.begin((DAY, weather()))
    for _ in range(2):
        assert desk.services.publishing.abort({"publication": begun["publication"]}, ADA)["outcome"] == "aborted"
    with pytest.raises(Conflict, match="aborted"):
        desk.commit(begun)


def test_what_was_committed_cannot_be_aborted(desk: Desk) -> None:
    begun = desk.begin((DAY, weather()))
    upload(begun["uploads"][0], weather().data)
    desk.commit(begun)
    with pytest.raises(Conflict):
        desk.services.publishing.abort({"publication": begun["publication"]}, ADA)


def test_a_publication_that_was_left_lying_expires(desk: Desk, clock: Clock) -> None:
    begun = desk.begin((DAY, weather()))
    upload(begun["uploads"][0], weather().data)
    clock.ahead = timedelta(minutes=59)
    with pytest.raises(Forbidden):
        desk.commit(begun, BOB)
    clock.ahead = timedelta(minutes=61)
    with pytest.raises(Conflict, match="expired"):
        desk.commit(begun)


def test_more_bytes_than_one_publication_takes_are_refused(desk: Desk) -> None:
    items = [{"partition": f"2026-11-{day}", "bytes": 200 << 20, "sha256": "0" * 64} for day in (20, 21)]
    with pytest.raises(TooLarge):
        desk.services.publishing.begin({"dataset": desk.dataset, "partitions": items}, ADA)


def test_a_dataset_is_registered_once_and_its_namespace_has_an_owner(desk: Desk) -> None:
    assert desk.services.registry.create(metadata(desk.dataset), ADA)[1] is False
    with pytest.raises(Conflict, match="other metadata"):
        desk.services.registry.create(metadata(desk.dataset, title="Another"), ADA)
    with pytest.raises(Forbidden, match="namespace"):
        desk.services.registry.create(metadata("ada/more"), BOB)
    assert desk.services.registry.create(metadata("ada/more"), ADA)[1] is True
    assert desk.services.registry.create(metadata("bob/own"), BOB)[1] is True


def test_metadata_change_with_the_next_publication(desk: Desk) -> None:
    desk.publish(weather())
    desk.services.registry.update(desk.dataset, metadata(desk.dataset, title="A better title"), ADA)
    desk.publish(weather(), day="2026-11-21")

    found = desk.services.store.perform(Get("index.json"))
    assert b"A better title" in getattr(found, "body", b"")
    with pytest.raises(InvalidValue, match="versioning"):
        desk.services.registry.update(desk.dataset, metadata(desk.dataset, versioning="snapshot"), ADA)
    with pytest.raises(InvalidValue, match="keeps its id"):
        desk.services.registry.update(desk.dataset, metadata("ada/other"), ADA)
    with pytest.raises(Forbidden):
        desk.services.registry.update(desk.dataset, metadata(desk.dataset), BOB)


def test_a_private_dataset_does_not_exist_for_others(desk: Desk) -> None:
    desk.services.registry.update(desk.dataset, metadata(desk.dataset, visibility="private"), ADA)
    desk.publish(weather())

    path = f"datasets/{desk.dataset}/{DAY}/data.parquet"
    assert desk.resolve(who=ADA).data.version == DAY
    assert desk.services.resolving.locate(path, None, ADMIN).size > 0
    for other in (ANONYMOUS, BOB):
        with pytest.raises(DatasetNotFound):
            desk.resolve(who=other)
        with pytest.raises(DatasetNotFound):
            desk.services.resolving.locate(path, None, other)


@pytest.mark.parametrize(("span", "counted"), [(None, None), ("bytes=0-99", 100), ("bytes=100-", -100)])
def test_a_part_of_a_file_is_counted_as_that_part_and_signed_for_it(
    desk: Desk, span: str | None, counted: int | None
) -> None:
    desk.publish(weather())
    located = desk.services.resolving.locate(f"datasets/{desk.dataset}/{DAY}/data.parquet", span, ANONYMOUS)

    size = len(weather().data)
    wanted = size if counted is None else counted if counted > 0 else size + counted
    signed = desk.services.resolving.sign(located, "GET")
    read = httpx.get(signed.url, headers={"Range": span} if span else {})
    assert located.size == wanted == len(read.content)
    assert httpx.get(signed.url, headers={"Range": "bytes=1-5"}).status_code == (403 if span else 206)
