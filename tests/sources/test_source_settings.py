"""Where the sources are: modes, overrides, and what is refused."""

from __future__ import annotations

import pytest
from opendata.errors import InvalidValue

from opendata_platform.sources.settings import LIVE_URLS, SourceSettings

SANDBOX = "http://127.0.0.1:9"


def test_the_sandbox_is_the_default_and_needs_its_url() -> None:
    settings = SourceSettings.from_env({}, sandbox_url=SANDBOX + "/")
    assert settings.base_urls["open_meteo"] == f"{SANDBOX}/open-meteo"
    with pytest.raises(InvalidValue, match="OPENDATA_SOURCES"):
        SourceSettings.from_env({})


def test_live_mode_uses_the_public_services() -> None:
    settings = SourceSettings.from_env({"OPENDATA_SOURCES": "live"}, sandbox_url=SANDBOX)
    assert dict(settings.base_urls) == dict(LIVE_URLS)


def test_one_source_can_be_overridden_in_either_mode() -> None:
    for mode in ("live", "sandbox"):
        environ = {"OPENDATA_SOURCES": mode, "OPENDATA_BINANCE_URL": "https://mirror.example.org/b/"}
        urls = SourceSettings.from_env(environ, sandbox_url=SANDBOX).base_urls
        assert urls["binance"] == urls["binance_api"] == "https://mirror.example.org/b"
        assert urls["stooq"] != urls["binance"]


def test_with_every_source_overridden_no_sandbox_is_needed() -> None:
    names = ("BINANCE", "STOOQ", "OPEN_METEO", "OWID")
    environ = {f"OPENDATA_{name}_URL": f"https://{name.lower().replace('_', '-')}.example.org" for name in names}
    assert set(SourceSettings.from_env(environ).base_urls) == set(LIVE_URLS)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org",
        "ftp://example.org",
        "https://user:pass@example.org",
        "https://example.org/?key=1",
        "example.org",
        "http://127.0.0.1.example.org",
    ],
)
def test_only_https_without_credentials_is_accepted(url: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        SourceSettings.from_env({"OPENDATA_OWID_URL": url}, sandbox_url=SANDBOX)
    assert "pass" not in str(caught.value)


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(InvalidValue, match="must be sandbox or live"):
        SourceSettings.from_env({"OPENDATA_SOURCES": "prod"}, sandbox_url=SANDBOX)


def test_the_key_is_not_in_any_representation() -> None:
    settings = SourceSettings.from_env({"OPENDATA_STOOQ_API_KEY": "s3cret-key"}, sandbox_url=SANDBOX)
    assert settings.stooq_api_key == "s3cret-key"
    assert "s3cret-key" not in f"{settings} {settings!r}"
