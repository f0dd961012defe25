"""OPENDATA_LOG: what is asked of servers, on stderr, for who wonders what takes so long. Keys, no URLs or headers."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from opendata.errors import InvalidValue

LOGGER = logging.getLogger("opendata")
LEVELS = ("debug", "info", "warning", "error")


def follow(env: Mapping[str, str]) -> None:
    """Log at the level that OPENDATA_LOG names; a program that has set up logging by itself keeps its handlers."""
    level = env.get("OPENDATA_LOG", "").lower()
    if not level:
        return
    if level not in LEVELS:
        raise InvalidValue("OPENDATA_LOG", level, f"must be one of {', '.join(LEVELS)}")
    LOGGER.setLevel(level.upper())
    if not LOGGER.hasHandlers():
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
        LOGGER.addHandler(handler)
