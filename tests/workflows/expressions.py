"""The expressions of a workflow, `${{ … }}`, as far as the project's workflows use them.

Literals, contexts (`steps.push.outcome`), `!`, `==`, `!=`, `&&`, `||`, parentheses, and the status functions. Anything
else is an error, so that no workflow of the project means something here that it does not mean on GitHub.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<name>[A-Za-z_][\w.-]*)|(?P<sign>&&|\|\||==|!=|!|\(|\)))")
_EMBEDDED = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)

Status = Mapping[str, Callable[[], bool]]


class Expression:
    """One expression over contexts (nested mappings) and status functions."""

    def __init__(self, text: str, contexts: Mapping[str, Any], status: Status) -> None:
        self.text, self.contexts, self.status = text, contexts, status
        self.tokens = self._tokens()

    def value(self) -> Any:
        """What it evaluates to."""
        result = self._either()
        if self.tokens:
            raise ValueError(f"{self.text}: not understood from {self.tokens[0]!r}")
        return result

    def _tokens(self) -> list[str]:
        found, place, text = [], 0, self.text.rstrip()
        while place < len(text):
            match = _TOKEN.match(text, place)
            if not match:
                raise ValueError(f"{text}: not understood from {text[place:]!r}")
            found.append(match[0].strip())
            place = match.end()
        return found

    def _take(self, *signs: str) -> bool:
        if self.tokens and self.tokens[0] in signs:
            self.tokens.pop(0)
            return True
        return False

    def _either(self) -> Any:
        left = self._both()
        while self._take("||"):
            right = self._both()
            left = left or right
        return left

    def _both(self) -> Any:
        left = self._comparison()
        while self._take("&&"):
            right = self._comparison()
            left = left and right
        return left

    def _comparison(self) -> Any:
        left = self._single()
        if self._take("=="):
            return left == self._single()
        if self._take("!="):
            return left != self._single()
        return left

    def _single(self) -> Any:
        if self._take("!"):
            return not self._single()
        if self._take("("):
            inner = self._either()
            self._expect(")")
            return inner
        if not self.tokens:
            raise ValueError(f"{self.text}: ends too early")
        token = self.tokens.pop(0)
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if token in ("true", "false"):
            return token == "true"
        if self._take("("):
            self._expect(")")
            return self.status[token]()
        return self._context(token)

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise ValueError(f"{self.text}: {sign} is missing")

    def _context(self, name: str) -> Any:
        """A value of a context; what a known context does not hold is empty, as on GitHub."""
        first, *rest = name.split(".")
        found: Any = self.contexts[first]
        for part in rest:
            found = found.get(part, "") if isinstance(found, Mapping) else ""
        return found


def filled_in(value: object, contexts: Mapping[str, Any], status: Status) -> str:
    """A value as text, with its expressions replaced by their values."""
    return _EMBEDDED.sub(lambda match: _text(Expression(match[1], contexts, status).value()), _text(value))


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def holds(condition: str, contexts: Mapping[str, Any], status: Status) -> bool:
    """Whether an `if:` lets its step run: `success() &&` is meant where it names no status function."""
    embedded = _EMBEDDED.fullmatch(condition.strip())
    text = embedded[1] if embedded else condition
    if not re.search(r"\b(always|success|failure|cancelled)\(\)", text):
        text = f"success() && ({text})"
    return bool(Expression(text, contexts, status).value())
