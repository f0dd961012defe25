"""What a gateway tells a publisher beforehand, and which documents of a dataset it lets be read."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from opendata.contract.keys import ObjectKind

from opendata_platform.gateway.app import create_app
from opendata_platform.gateway.publishing import LARGEST_PUBLICATION, MOST_PARTITIONS
from opendata_platform.gateway.reading import readable
from opendata_platform.gateway.services import open_services
from opendata_platform.gateway.settings import Bucket, Settings

BUCKET = Bucket("http://127.0.0.1:9", "bucket", "id", "secret")


@pytest.mark.anyio
async def test_a_publisher_is_told_the_audience_and_the_largest_publication(tmp_path: Path) -> None:
    settings = Settings(BUCKET, f"sqlite:///{tmp_path / 'gateway.db'}", audience="https://data.example.org/publish")
    services = open_services(settings)
    transport = httpx.ASGITransport(create_app(services, settings.public_url))
    async with httpx.AsyncClient(transport=transport, base_url=settings.public_url) as client:
        answer = await client.get("/v1/about")
    services.close()

    assert answer.json() == {
        "audience": "https://data.example.org/publish",
        "largest_publication": LARGEST_PUBLICATION,
        "most_partitions": MOST_PARTITIONS,
    }


@pytest.mark.parametrize("kind", [ObjectKind.HEALTH, ObjectKind.VERIFIED], ids=["health", "verified"])
def test_the_health_and_the_verification_of_a_dataset_are_readable(kind: ObjectKind) -> None:
    found = readable(kind.value.format(dataset="ada/weather"))

    assert (found.kind, found.dataset) == (kind, "ada/weather")
