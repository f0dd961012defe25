"""What a gateway takes from its environment, and what it refuses."""

from __future__ import annotations

import pytest
from opendata.errors import InvalidValue

from opendata_platform.gateway.settings import GITHUB_ISSUER, read_settings

BUCKET = {
    "OPENDATA_R2_ENDPOINT_URL": "https://s3.example.org",
    "OPENDATA_R2_BUCKET": "data",
    "OPENDATA_R2_ACCESS_KEY_ID": "id",
    "OPENDATA_R2_SECRET_ACCESS_KEY": "s3cret-of-the-bucket",
}


def test_workflows_are_believed_as_github_signs_them_unless_told_otherwise() -> None:
    assert read_settings(BUCKET).issuer == GITHUB_ISSUER


@pytest.mark.parametrize("url", ["https://issuer.example.org/", "http://127.0.0.1:9000", "http://localhost:9000"])
def test_an_issuer_is_reached_by_https_or_on_this_machine(url: str) -> None:
    assert read_settings({**BUCKET, "OPENDATA_GATEWAY_ISSUER": url}).issuer == url.rstrip("/")


@pytest.mark.parametrize("url", ["http://issuer.example.org", "http://10.0.0.1", "ftp://issuer.example.org", "issuer"])
def test_an_issuer_whose_keys_somebody_on_the_way_could_exchange_is_refused(url: str) -> None:
    with pytest.raises(InvalidValue, match="OPENDATA_GATEWAY_ISSUER"):
        read_settings({**BUCKET, "OPENDATA_GATEWAY_ISSUER": url})


@pytest.mark.parametrize("missing", BUCKET)
def test_a_bucket_must_be_named_whole(missing: str) -> None:
    with pytest.raises(InvalidValue, match=missing):
        read_settings({name: value for name, value in BUCKET.items() if name != missing})


def test_a_short_admin_token_is_refused_without_being_shown() -> None:
    with pytest.raises(InvalidValue) as refused:
        read_settings({**BUCKET, "OPENDATA_GATEWAY_ADMIN_TOKEN": "hunter2"})
    assert "hunter2" not in str(refused.value)


def test_no_secret_is_in_the_repr_of_the_settings() -> None:
    settings = read_settings({**BUCKET, "OPENDATA_GATEWAY_ADMIN_TOKEN": "a" * 40})
    assert "s3cret" not in repr(settings)
    assert "aaaa" not in repr(settings)
