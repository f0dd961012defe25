"""How to cite a dataset: BibTeX, APA (7th edition) and GB/T 7714-2015.

A citation names what can be loaded again: a version (`ns/name@2026-11-20`), with the commit that published it, or the
state after a commit (`ns/name@seq:12`), with the sha256 of the commit, which fixes every byte.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from opendata.contract.ids import Version
from opendata.contract.metadata import Metadata
from opendata.contract.records import ObjectRef, Record
from opendata.contract.selectors import Selector
from opendata.errors import InvalidValue
from opendata.protocol.objects import get_verified
from opendata.protocol.operations import Steps
from opendata.protocol.resolve import find_publication

_TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",  # not \{: BibTeX counts braces, escaped or not
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "&%_#$"},
}
_URL_CHARACTERS = "%/:?#[]@!$&'()*+,;=~-._"
_HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Citation:
    """What a citation says of a dataset."""

    dataset: str
    version: str
    """What to load: `2026-11-20.r2` or `seq:12`."""
    title: str
    title_zh: str | None
    owners: tuple[str, ...]
    source: str
    published: str
    """When it was committed."""
    license: str
    url: str
    seq: int
    commit: ObjectRef
    accessed: date

    @property
    def id(self) -> str:
        """What to give to `od.load`."""
        return f"{self.dataset}@{self.version}"

    @property
    def authors(self) -> tuple[str, ...]:
        """Who keeps the dataset, else where it comes from."""
        return self.owners or (self.source,)

    @property
    def year(self) -> str:
        """The year in which it was published."""
        return self.published[:4]


def describe_citation(record: Record, selector: Selector, accessed: date) -> Steps[Citation]:
    """What there is to cite of a state, or of a version: then the commit that published it."""
    if isinstance(selector, Version):
        record = yield from find_publication(record, selector)
        version = str(selector)
    else:
        version = f"seq:{record.seq}"
    document = Metadata.from_bytes((yield from get_verified(record.metadata))).document
    return Citation(
        dataset=record.dataset,
        version=version,
        title=_line(document["title"]),
        title_zh=_line(document["title_zh"]) if document.get("title_zh") else None,
        owners=tuple(owner.removeprefix("@") for owner in document.get("owners", ())),
        source=_line(document["source"]),
        published=record.committed_at,
        license=_line(document["license"]),
        url=quote(document.get("homepage") or document["repo"], safe=_URL_CHARACTERS),
        seq=record.seq,
        commit=ObjectRef(record.key, record.sha256),
        accessed=accessed,
    )


def bibtex(citation: Citation) -> str:
    """An entry that BibTeX and biber read; its key is always the same for the same data."""
    fields = {
        "author": " and ".join(f"{{{_tex(author)}}}" for author in citation.authors),
        "title": f"{{{_tex(citation.title)}}}",
        "year": citation.year,
        "version": _tex(citation.version),
        "publisher": _tex(citation.source),
        "howpublished": f"Data set {_tex(citation.id)}",
        "url": citation.url,
        "urldate": citation.accessed.isoformat(),
        "note": _tex(
            f"Commit {citation.seq} ({citation.commit.key}, sha256 {citation.commit.sha256}). "
            f"License: {citation.license}"
        ),
    }
    key = re.sub(r"[^A-Za-z0-9.-]+", ":", f"{citation.dataset}:{citation.version.replace(':', '')}")
    lines = [f"  {name.ljust(12)} = {{{value}}}," for name, value in fields.items()]
    return "\n".join([f"@misc{{{key},", *lines, "}"])


def apa(citation: Citation) -> str:
    """One line after APA, 7th edition."""
    publisher = "" if citation.authors == (citation.source,) else f"{_sentence(citation.source)} "
    accessed = f"{citation.accessed:%B} {citation.accessed.day}, {citation.accessed.year}"
    return (
        f"{_sentence(_joined(citation.authors))} ({citation.year}). {citation.title} (Version {citation.id}; commit "
        f"{citation.seq}, sha256 {citation.commit.sha256}; {citation.license}) [Data set]. {publisher}"
        f"Retrieved {accessed}, from {citation.url} ({citation.commit.key})"
    )


def gbt7714(citation: Citation) -> str:
    """One line after GB/T 7714-2015, for an electronic data set."""
    title = citation.title_zh or citation.title
    authors = citation.authors[:3]
    more = [] if len(citation.authors) <= 3 else ["等" if _HAN.search(title) else "et al"]
    return (
        f"{_sentence(', '.join([*authors, *more]))} {title}: {citation.id}[DS/OL]. {citation.source}, {citation.year}"
        f"({citation.published[:10]})[{citation.accessed}]. {citation.url}. {citation.commit.key}, "
        f"sha256: {citation.commit.sha256}. {citation.license}."
    )


STYLES: dict[str, Callable[[Citation], str]] = {"bibtex": bibtex, "apa": apa, "gbt7714": gbt7714}


def check_style(style: str) -> Callable[[Citation], str]:
    """The function for a style. Raises InvalidValue."""
    if style not in STYLES:
        raise InvalidValue("style", style, f"must be one of {', '.join(STYLES)}")
    return STYLES[style]


def _line(text: str) -> str:
    """Text without line breaks and repeated spaces."""
    return " ".join(text.split())


def _tex(text: str) -> str:
    """Text as LaTeX shows it unchanged."""
    return "".join(_TEX.get(character, character) for character in text)


def _sentence(text: str) -> str:
    """Text that ends in a full stop."""
    return text if text.endswith(".") else f"{text}."


def _joined(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])}, & {names[-1]}"
