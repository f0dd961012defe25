"""Takes secrets out of text before it reaches a log, an error record or a file.

By value (whatever the environment holds under a name that says secret, in plain, URL-quoted and JSON-escaped
spelling) and by pattern (tokens, signatures, cookies, credentials in URLs, presigned query strings), because
either alone misses something: a token from a file has no variable, a secret in a sentence has no pattern.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, quote_plus

MASK = "***"
SHORTEST_SECRET = 4
"""A value shorter than this is not treated as a secret: it could not be taken out without destroying the text."""

_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|SIGNATURE|COOKIE|AUTH|_DSN$|DATABASE_URL", re.IGNORECASE)
_FIELD = (
    r"(?:x-amz-(?:signature|credential|security-token)|awsaccesskeyid|signature|sig|api[_-]?key|access[_-]?key(?:[_-]?id)?"
    r"|secret(?:[_-]?access)?(?:[_-]?key)?|client[_-]?secret|private[_-]?key|[a-z_]*token|passw(?:or)?d|pwd|cookie|session[_-]?id)"
)
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?i)\?(?=[^\s\"'<>]*(?:x-amz-|signature=))[^\s\"'<>]*"), f"?{MASK}"),
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)[^\s/]+@"), rf"\1{MASK}@"),
    (re.compile(r"(?im)\b((?:set-)?cookie\s*:\s*)[^\r\n]+"), rf"\1{MASK}"),
    (re.compile(r"(?i)\b(authorization\s*[:=]\s*)(?:[a-z0-9-]+\s+)?[^\s,;\"']+"), rf"\1{MASK}"),
    (re.compile(r"(?i)\b(bearer\s+)[a-z0-9._~+/=-]+"), rf"\1{MASK}"),
    (re.compile(rf"(?i)([\"']{_FIELD}[\"']\s*:\s*[\"'])[^\"']*"), rf"\1{MASK}"),
    (re.compile(rf"(?i)(?<![a-z0-9])({_FIELD}\s*=\s*[\"']?)[^\s&\"'<>;,]+"), rf"\1{MASK}"),
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), MASK),
    (re.compile(r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"), MASK),
)


def environment_secrets(environ: Mapping[str, str] | None = None) -> frozenset[str]:
    """Values of the variables whose name says secret (default: this process's environment)."""
    source = os.environ if environ is None else environ
    return frozenset(
        value for name, value in source.items() if _SECRET_NAME.search(name) and len(value.strip()) >= SHORTEST_SECRET
    )


def redact(text: str, secrets: Iterable[str] | None = None) -> str:
    """`text` without secrets: those given (default: those of the environment) and whatever looks like one.

    Redacting twice changes nothing, and no secret of at least four characters remains.
    """
    known = _spellings(environment_secrets() if secrets is None else secrets)
    before = None
    while before != text:
        before = text
        for secret in known:
            text = text.replace(secret, MASK)
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
    return text


def _spellings(secrets: Iterable[str]) -> list[str]:
    """Every spelling in which a secret may appear in text, longest first."""
    found: set[str] = set()
    for secret in secrets:
        for plain in {secret, secret.strip()}:
            quoted = plain.encode("utf-8", "surrogatepass")
            found |= {
                plain,
                quote(quoted, safe=""),
                quote_plus(quoted),
                json.dumps(plain)[1:-1],
                json.dumps(plain, ensure_ascii=False)[1:-1],
            }
    return sorted((s for s in found if len(s) >= SHORTEST_SECRET), key=lambda s: (-len(s), s))
