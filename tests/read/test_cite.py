"""Citations: what they name, what they escape, and that they stay the same."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opendata.client import Client
from opendata.contract.records import ObjectRef
from opendata.errors import InvalidValue, VersionNotFound
from opendata.protocol.history import rollback
from opendata.read.cite import STYLES, Citation, apa, bibtex, gbt7714
from opendata.read.provenance import provenance
from opendata.stores.driver import run
from opendata.stores.local import LocalStore

from tests.read.publishing import (
    BAR_SCHEMA,
    BARS,
    PRICE_SCHEMA,
    PRICES,
    author,
    bars,
    metadata,
    prices,
    publish_bars,
    publish_frames,
)

COMMIT = ObjectRef("datasets/test/bars/_log/000000000012.json", "ab" * 32)
TEX = {
    r"\textbackslash{}": "\\",
    r"\textbraceleft{}": "{",
    r"\textbraceright{}": "}",
    r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^",
    **{f"\\{character}": character for character in "&%_#$"},
}


def citation(
    title: str = "Bars",
    *,
    title_zh: str | None = None,
    owners: tuple[str, ...] = (),
    source: str = "Example Exchange",
    version: str = "seq:12",
) -> Citation:
    """A citation of a dataset of 2025, read in 2026."""
    return Citation(
        dataset="test/bars",
        version=version,
        title=title,
        title_zh=title_zh,
        owners=owners,
        source=source,
        published="2025-12-31T23:59:59.000Z",
        license="CC0-1.0",
        url="https://example.org/bars",
        seq=12,
        commit=COMMIT,
        accessed=date(2026, 11, 4),
    )


def bibtex_fields(entry: str) -> dict[str, str]:
    """The fields of an entry, read as BibTeX does: by counting braces."""
    assert re.match(r"@misc\{[^,\s]+,\n", entry)
    fields = {}
    position = entry.index("\n")
    while found := re.compile(r"\n  (\w+) *= \{").match(entry, position):
        depth, position = 1, found.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(entry[position], 0)
            position += 1
        fields[found[1]] = entry[found.end() : position - 1]
        assert entry[position] == ","
        position += 1
    assert entry[position:] == "\n}"
    return fields


def shown(tex: str) -> str:
    """What LaTeX shows."""
    pattern = "|".join(re.escape(command) for command in TEX)
    rest = re.sub(pattern, "", tex)
    assert not set(rest) & set("\\{}~^&%_#$")
    return re.sub(pattern, lambda found: TEX[found[0]], tex)


@given(
    st.text(
        st.one_of(st.sampled_from("{}&%_#$~^\\ 中文é"), st.characters(codec="utf-8", exclude_categories=("C", "Z")))
    )
)
def test_bibtex_shows_any_text_as_it_is(text: str) -> None:
    fields = bibtex_fields(bibtex(citation(text, owners=(text, "b"), source=text)))
    assert fields["title"].startswith("{")
    assert shown(fields["title"][1:-1]) == text
    assert shown(fields["publisher"]) == text
    first, _, second = fields["author"].rpartition(" and ")
    assert (shown(first[1:-1]), second) == (text, "{b}")


def test_bibtex_has_everything_that_finds_the_data_again() -> None:
    assert bibtex(citation("中国 A 股日线", owners=("alice", "org/team"))) == (
        "@misc{test:bars:seq12,\n"
        "  author       = {{alice} and {org/team}},\n"
        "  title        = {{中国 A 股日线}},\n"
        "  year         = {2025},\n"
        "  version      = {seq:12},\n"
        "  publisher    = {Example Exchange},\n"
        "  howpublished = {Data set test/bars@seq:12},\n"
        "  url          = {https://example.org/bars},\n"
        "  urldate      = {2026-11-04},\n"
        "  note         = {Commit 12 (datasets/test/bars/\\_log/000000000012.json, sha256 "
        f"{'ab' * 32}). License: CC0-1.0}},\n"
        "}"
    )


def test_apa_names_a_publisher_only_beside_other_authors() -> None:
    key = f"(Version test/bars@seq:12; commit 12, sha256 {'ab' * 32}; CC0-1.0) [Data set]"
    found = f"Retrieved November 4, 2026, from https://example.org/bars ({COMMIT.key})"
    assert apa(citation()) == f"Example Exchange. (2025). Bars {key}. {found}"
    assert apa(citation(owners=("a", "b"))) == f"a, & b. (2025). Bars {key}. Example Exchange. {found}"


def test_gbt7714_is_the_form_of_a_data_set_online() -> None:
    end = (
        "Example Exchange, 2025(2025-12-31)[2026-11-04]. https://example.org/bars. "
        f"{COMMIT.key}, sha256: {'ab' * 32}. CC0-1.0."
    )
    chinese = citation(title_zh="日线", owners=("a", "b", "c", "d"))
    assert gbt7714(chinese) == f"a, b, c, 等. 日线: test/bars@seq:12[DS/OL]. {end}"
    assert gbt7714(citation(owners=("a", "b", "c", "d"))) == f"a, b, c, et al. Bars: test/bars@seq:12[DS/OL]. {end}"


@pytest.fixture
def published(store: LocalStore) -> LocalStore:
    """Bars with two commits, and prices with a title that TeX would trip over."""
    publish_bars(store, {"2026-11-01": bars("2026-11-01")})
    publish_bars(store, {"2026-11-01": bars("2026-11-01", close=2)})
    described = metadata(
        PRICES,
        "snapshot",
        title="Prices\nof 100 % & more",
        owners=["@alice"],
        homepage="https://example.org/a_b?q={x}\\y",
    )
    publish_frames(store, described, {"2026-11-20": prices(date(2026, 11, 20))}, PRICE_SCHEMA)
    return store


@pytest.mark.parametrize("style", STYLES)
def test_every_style_names_the_same_facts(published: LocalStore, client: Client, style: str) -> None:
    text = client.cite(BARS, style=style)
    commit = client.versions(BARS)[0]
    today = datetime.now(UTC)
    assert all(
        fact in text for fact in (f"{BARS}@seq:2", commit.sha256, "nowhere", "CC0-1.0", "https://example.org/repo")
    )
    assert commit.committed_at[:4] in text
    assert f"{today:%Y-%m-%d}" in text or f"{today:%B} {today.day}, {today.year}" in text


def test_a_homepage_comes_before_the_repository_and_breaks_no_entry(published: LocalStore, client: Client) -> None:
    fields = bibtex_fields(client.cite(PRICES))
    assert fields["url"] == "https://example.org/a_b?q=%7Bx%7D%5Cy"
    assert fields["author"] == "{alice}"
    assert shown(fields["title"][1:-1]) == "Prices of 100 % & more"


def test_the_citation_of_a_version_stays_as_it_is(published: LocalStore, client: Client) -> None:
    first = client.cite(f"{BARS}@2026-11-01")
    corrected = client.cite(BARS, version="2026-11-01.r2")
    assert "@misc{test:bars:2026-11-01," in first
    assert "@misc{test:bars:2026-11-01.r2," in corrected
    assert client.versions(BARS)[1].sha256 in first
    publish_frames(published, metadata(BARS, title="Renamed"), {"2026-11-02": bars("2026-11-02")}, BAR_SCHEMA)
    run(rollback(BARS, 1, author(), "undo"), published)
    assert client.cite(f"{BARS}@2026-11-01") == first
    assert client.cite(BARS, version="2026-11-01.r2") == corrected
    assert client.cite(BARS, version="seq:2").startswith("@misc{test:bars:seq2,")


@pytest.mark.parametrize("engine", ["polars", "pandas", "arrow"])
def test_a_table_is_cited_as_what_it_was_loaded_from(published: LocalStore, client: Client, engine: str) -> None:
    newest, version = client.load(BARS, engine=engine), client.load(f"{BARS}@2026-11-01", engine=engine)
    publish_bars(published, {"2026-11-02": bars("2026-11-02")})
    assert client.cite(newest) == client.cite(BARS, version="seq:2")
    assert client.cite(version) == client.cite(f"{BARS}@2026-11-01")
    assert provenance(newest).seq == 2


def test_what_cannot_be_cited_is_refused(published: LocalStore, client: Client) -> None:
    with pytest.raises(InvalidValue, match="bibtex, apa, gbt7714"):
        client.cite(BARS, style="mla")
    with pytest.raises(InvalidValue, match="table"):
        client.cite(client.load(BARS), version="seq:1")
    with pytest.raises(InvalidValue, match="opendata has loaded"):
        client.cite(bars("2026-11-01"))
    with pytest.raises(VersionNotFound):
        client.cite(BARS, version="2026-11-09")
