"""The tokens of endpoints: OPENDATA_TOKEN, else what `od auth login` kept by host, in a file for its owner alone.

The file is tokens.json in the folder opendata under XDG_CONFIG_HOME, by default ~/.config.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from opendata.errors import InvalidValue, StoreDenied

_TOKEN = re.compile(r"[!-~]+")


def check_token(token: str) -> str:
    """Accept what can be sent in a header: printable ASCII without spaces."""
    if not _TOKEN.fullmatch(token):
        raise InvalidValue("token", "(not shown)", "must be printable ASCII without spaces or line ends")
    return token


def find_token(url: str, env: Mapping[str, str]) -> str | None:
    """The token for an endpoint, if there is one."""
    return env.get("OPENDATA_TOKEN") or TokenFile(env).read().get(host_of(url))


def host_of(url: str) -> str:
    """The host of an endpoint, with its port where the URL has one: tokens are kept by it."""
    return urlsplit(url).netloc.lower()


class TokenFile:
    """The file of tokens."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.path = Path(env.get("XDG_CONFIG_HOME") or "~/.config").expanduser() / "opendata" / "tokens.json"

    def read(self) -> dict[str, str]:
        """Tokens by host. Raises StoreDenied if others can read the file, InvalidValue if it is damaged."""
        try:
            if os.name == "posix" and self.path.stat().st_mode & 0o077:
                raise StoreDenied(f"others can read {self.path}", hint=f"chmod 600 {self.path}")
            tokens = json.loads(self.path.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except ValueError:
            tokens = None
        if not isinstance(tokens, dict) or not all(isinstance(token, str) for token in tokens.values()):
            raise InvalidValue(str(self.path), "(not shown)", "must be a JSON object of hosts and tokens")
        return tokens

    def write(self, tokens: Mapping[str, str]) -> None:
        """Replace the tokens in one step; the file is never readable by others."""
        temporary = self.path.with_name(f".{uuid4().hex[:12]}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                json.dump(dict(tokens), file, indent=1)
            temporary.replace(self.path)
        except OSError as error:
            raise StoreDenied(
                f"cannot write {self.path}: {error.strerror}", hint="set XDG_CONFIG_HOME to a folder of yours"
            ) from error
