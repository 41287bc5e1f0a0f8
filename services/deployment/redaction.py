"""Takes secrets out of texts that leave the machine: by value if known, else by their look."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from deployment.home import Home

HIDDEN = "[hidden]"
#: Shorter ones would hit ordinary words; the platform makes none so short.
_SHORTEST = 12
#: Secrets of the settings go by the name of their key.
_TELLING = re.compile(
    r"(?im)^(\s*['\"]?[\w-]*(?:password|secret|token|private|passphrase|credential)s?[\w-]*['\"]?"
    r"\s*[:=]\s*)(?!\S*_file\b)(\S.*)$"
)
_FILE_KEY = re.compile(r"(?i)_(file|seconds|bytes|url|dir)['\"]?\s*[:=]\s*$")
_LOOKS = (
    # JSON web tokens, keys of the age format, PEM, and what the platform hands out.
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"),
    re.compile(r"\bAGE-SECRET-KEY-1[A-Z0-9]+"),
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----", re.S),
    re.compile(r"\bb[a-z]{2}_[A-Za-z0-9_-]{20,}"),
    re.compile(r"(?i)(?<=bearer )[\w.~+/=-]{8,}"),
    re.compile(r"(?i)(?<=x-amz-signature=)[0-9a-f]{16,}"),
    re.compile(r"(?i)(?<=x-amz-security-token=)[^&\s\"']{8,}"),
    # user:password@ in an address
    re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"),
)


class Redactor:
    """Knows the secrets of one installation."""

    def __init__(self, secrets: set[str]) -> None:
        # The longest first: one may be a part of another.
        words = sorted((word for word in secrets if len(word) >= _SHORTEST), key=len, reverse=True)
        self._known = re.compile("|".join(re.escape(word) for word in words)) if words else None

    def hide(self, text: str) -> str:
        """Return the text without what looks like, or is, a secret."""
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        for look in _LOOKS:
            text = look.sub(HIDDEN, text)
        return _TELLING.sub(_hide_value, text)


def _hide_value(found: re.Match[str]) -> str:
    if _FILE_KEY.search(found[1]):
        return found[0]
    return f"{found[1]}{HIDDEN}"


def redactor_of(home: Home) -> Redactor:
    """Return a redactor that knows every secret file of a home."""
    return Redactor(set(_secrets(home)))


def _secrets(home: Home) -> Iterator[str]:
    for folder in (home.secrets_dir, home.root / "state"):
        for path in folder.rglob("*"):
            if path.is_file():
                yield from _words(path)


def _words(path: Path) -> Iterator[str]:
    """The content of a secret file, its lines, and the texts in it if it is JSON."""
    text = path.read_text(encoding="utf8", errors="replace").strip()
    yield text
    yield from (line.strip() for line in text.splitlines() if not line.startswith("-----"))
    try:
        body = json.loads(text)
    except ValueError:
        return
    if isinstance(body, dict):
        # Names stay readable; only what they are given is secret.
        yield from (str(value) for value in body.values())
