"""A clear licence: an SPDX expression, each of whose licences is known to let anybody pass the data on, or not to.

Of `A OR B` one has to, of `A AND B` both. An exception (`WITH`) only ever adds to what its licence allows.
"""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from boolean import Expression, ParseError
from license_expression import ExpressionError, LicenseWithExceptionSymbol, Licensing, get_spdx_licensing
from opendata.contract.verification import Finding, Rule, RuleVerdict

_TABLE = Path(__file__).with_name("licences.toml")
_WORST_FIRST = (RuleVerdict.FAIL, RuleVerdict.UNKNOWN, RuleVerdict.PASS)


@dataclass(frozen=True, slots=True)
class Licence:
    """What the table says of one licence."""

    redistributable: bool
    condition: str
    source: str


@cache
def known_licences() -> dict[str, Licence]:
    """The table, by SPDX identifier."""
    return {key: Licence(**row) for key, row in tomllib.loads(_TABLE.read_text(encoding="utf-8")).items()}


def judge_licence(text: str) -> Finding:
    """The finding about the `license` of a dataset's metadata."""
    expression = _parsed(text)
    if expression is None:
        return _finding(
            RuleVerdict.FAIL,
            f"not clear: {text!r} is no SPDX expression",
            f"不清晰：{text!r} 不是 SPDX 表达式",
            {"license": text},
        )
    names = sorted({_licence_of(symbol) for symbol in expression.symbols})
    rows = {name: asdict(row) for name in names if (row := known_licences().get(name))}
    verdict = _verdict(expression)
    evidence: dict[str, Any] = {"license": text, "spdx": expression.render(), "licences": rows}
    match verdict:
        case RuleVerdict.PASS:
            reason = (
                f"{evidence['spdx']} lets anybody redistribute the data",
                f"{evidence['spdx']} 允许任何人再分发数据",
            )
        case RuleVerdict.FAIL:
            reason = (
                f"{evidence['spdx']} does not let anybody redistribute the data for any purpose",
                f"{evidence['spdx']} 不允许任何人以任意目的再分发数据",
            )
        case _:
            missing = ", ".join(name for name in names if name not in rows)
            reason = f"{missing}: not in the table of known licences", f"{missing}：不在已知许可表中"
    return _finding(verdict, *reason, evidence)


def _parsed(text: str) -> Expression | None:
    """The expression; None for any other text."""
    try:
        parsed: Expression | None = _licensing().parse(text, validate=True, strict=True)
    except (ExpressionError, ParseError):
        return None
    return parsed


@cache
def _licensing() -> Licensing:
    return get_spdx_licensing()


def _verdict(expression: Expression) -> RuleVerdict:
    """Three values in order: of alternatives the best counts, of what holds together the worst."""
    if isinstance(expression, (_licensing().AND, _licensing().OR)):
        choose = max if isinstance(expression, _licensing().OR) else min
        return choose(map(_verdict, expression.args), key=_WORST_FIRST.index)
    row = known_licences().get(_licence_of(expression))
    if row is None:
        return RuleVerdict.UNKNOWN
    return RuleVerdict.PASS if row.redistributable else RuleVerdict.FAIL


def _licence_of(symbol: Expression) -> str:
    """The identifier of a licence, without its exception."""
    named = symbol.license_symbol if isinstance(symbol, LicenseWithExceptionSymbol) else symbol
    return str(named.key)


def _finding(verdict: RuleVerdict, reason: str, reason_zh: str, evidence: dict[str, Any]) -> Finding:
    return Finding(Rule.LICENCE, verdict, reason, reason_zh, evidence)
