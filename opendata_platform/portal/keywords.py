"""Words by which a dataset is found beside its own: synonyms in both languages, and the pinyin of its Chinese title.

The portal searches for substrings, so pinyin stands as one word per title, whole and as initials: 比特币 is found by
`bitebi` and `btb`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from pypinyin import Style, lazy_pinyin

_TABLE = Path(__file__).parent / "synonyms.txt"
_HAN = re.compile(r"[\u3400-\u9fff]+")


def keywords(texts: Iterable[str], title_zh: str | None) -> str:
    """The words to add to what a dataset says of itself (`texts`), in a fixed order, none of which it says already."""
    said = "\n".join(texts).lower()
    words = [word for pattern, group in synonyms() if pattern.search(said) for word in group]
    words += _pinyin(title_zh or "")
    return " ".join(word for word in dict.fromkeys(words) if word not in said)


@cache
def synonyms() -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    """The groups of words that mean the same, each with what finds any of them in a text in lower case."""
    lines = _TABLE.read_text(encoding="utf-8").splitlines()
    groups = [tuple(word.strip() for word in line.split(",")) for line in lines if line and line[0] != "#"]
    return tuple((_any_of(group), group) for group in groups)


def _any_of(group: Iterable[str]) -> re.Pattern[str]:
    whole = [re.escape(word) if _HAN.search(word) else rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])" for word in group]
    return re.compile("|".join(whole))


def _pinyin(title: str) -> list[str]:
    """Each run of Chinese characters in pinyin, and its initials."""
    runs = _HAN.findall(title)
    whole = ["".join(lazy_pinyin(run)) for run in runs]
    initials = ["".join(lazy_pinyin(run, style=Style.FIRST_LETTER)) for run in runs]
    return [*whole, *(letters for letters in initials if len(letters) > 1)]
