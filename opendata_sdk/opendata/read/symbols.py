"""Symbols as people write them, and as datasets have them.

A security of mainland China has many spellings: 600000.SH, sh600000, SH600000, sh.600000, 600000.XSHG, 600000. Other
symbols (BTCUSDT, AU2412.SHF, Au99.99) have one, which is matched whatever its case where none is spelled exactly so.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Iterable, Sequence

from opendata.errors import InvalidValue, UnknownSymbol

_EXCHANGES = {"SH": "XSHG", "SZ": "XSHE", "BJ": "XBSE"}
_CODES = {code: exchange for exchange, code in _EXCHANGES.items()}
_BARE = re.compile(r"[0-9]{6}")
_BEHIND = re.compile(r"([0-9]{6})\.(SH|SZ|BJ|XSHG|XSHE|XBSE)")
_BEFORE = re.compile(r"(SH|SZ|BJ)\.?([0-9]{6})")


def parse_symbols(symbols: str | Sequence[str] | None) -> tuple[str, ...]:
    """One symbol or several, without repeats."""
    if symbols is None:
        return ()
    found = [symbols] if isinstance(symbols, str) else list(symbols) if isinstance(symbols, Iterable) else []
    if not found or not all(isinstance(symbol, str) and symbol.strip() for symbol in found):
        raise InvalidValue("symbols", symbols, 'must be a symbol or a list of symbols: ["600000.SH", "BTCUSDT"]')
    return tuple(dict.fromkeys(symbol.strip() for symbol in found))


def spellings(symbol: str) -> tuple[str, ...]:
    """Every way in which a dataset may write a symbol; a bare code stands for that of any exchange."""
    text = symbol.upper()
    if _BARE.fullmatch(text):
        return tuple(dict.fromkeys(way for exchange in _EXCHANGES for way in _ways(text, exchange)))
    if found := _BEHIND.fullmatch(text):
        return _ways(found[1], _CODES.get(found[2], found[2]))
    if found := _BEFORE.fullmatch(text):
        return _ways(found[2], found[1])
    return tuple(dict.fromkeys((symbol, text, symbol.lower(), symbol.title())))


def choose(asked: Sequence[str], present: Collection[str]) -> set[str]:
    """The symbols of those present that were asked for; warns of one that is not among them.

    Raises InvalidValue for a bare code that several of them have.
    """
    chosen: set[str] = set()
    for symbol in asked:
        found = {symbol} if symbol in present else set(spellings(symbol)).intersection(present)
        if not found:
            warnings.warn(f"{symbol} has no row in what was loaded", UnknownSymbol, stacklevel=2)
        if len(found) > 1 and _BARE.fullmatch(symbol):
            raise InvalidValue("symbols", symbol, f"must be one of {' and '.join(sorted(found))}: name the exchange")
        chosen |= found
    return chosen


def _ways(code: str, exchange: str) -> tuple[str, ...]:
    ways = (f"{code}.{exchange}", f"{exchange}{code}", f"{exchange}.{code}", f"{code}.{_EXCHANGES[exchange]}")
    return (code, *ways, *(way.lower() for way in ways))
