"""How results look: one line at a prompt, a table in a notebook.

The table takes the colours and the font of the page, so it is readable on light and on dark, and loads nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from html import escape
from typing import Any, TypeVar

_CELL = ' style="text-align:left;vertical-align:top"'
_LONGEST = 200


@dataclass(frozen=True, slots=True, repr=False)
class Shown:
    """A dataclass (also with repr=False) that is shown by those of its fields that a reader wants to see."""

    def shown(self) -> dict[str, Any]:
        """Names and values; all fields, where a class does not say otherwise."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __repr__(self) -> str:
        text = ", ".join(f"{name}={value!r}" for name, value in self.shown().items() if value is not None)
        return f"{type(self).__name__}({text if len(text) <= _LONGEST else text[:_LONGEST] + '…'})"

    def _repr_html_(self) -> str:
        lines = "".join(f"<tr><th{_CELL}>{_text(name)}</th>{_cell(value)}</tr>" for name, value in self.shown().items())
        return f"<table><caption>{type(self).__name__}</caption><tbody>{lines}</tbody></table>"


T = TypeVar("T", bound=Shown)


class Listing(list[T]):
    """Results of one kind, shown as one table."""

    def _repr_html_(self) -> str:
        if not self:
            return "<p>none</p>"
        head = "".join(f"<th{_CELL}>{_text(name)}</th>" for name in self[0].shown())
        lines = "".join(f"<tr>{''.join(map(_cell, item.shown().values()))}</tr>" for item in self)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"


def _cell(value: Any) -> str:
    return f"<td{_CELL}>{_text(value)}</td>"


def _text(value: Any) -> str:
    """A value as text of a page."""
    match value:
        case None:
            return ""
        case bool():
            return str(value)
        case int():
            return f"{value:,}"
        case tuple() | list():
            return ", ".join(_text(item) for item in value)
        case _:
            return escape(str(value))
