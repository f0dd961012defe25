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
    words = [word for group in synonyms() if any(_says(said, word) for word in group) for word in group]
    words += _pinyin(title_zh or "")
    return " ".join(word for word in dict.fromkeys(words) if word not in said)


@cache
def synonyms() -> tuple[tuple[str, ...], ...]:
    """The groups of words that mean the same."""
    lines = _TABLE.read_text(encoding="utf-8").splitlines()
    return tuple(tuple(word.strip() for word in line.split(",")) for line in lines if line and line[0] != "#")


def _says(said: str, word: str) -> bool:
    if _HAN.search(word):
        return word in said
    return re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", said) is not None


def _pinyin(title: str) -> list[str]:
    """Each run of Chinese characters in pinyin, and its initials."""
    runs = _HAN.findall(title)
    whole = ["".join(lazy_pinyin(run)) for run in runs]
    initials = ["".join(lazy_pinyin(run, style=Style.FIRST_LETTER)) for run in runs]
    return [*whole, *(letters for letters in initials if len(letters) > 1)]
