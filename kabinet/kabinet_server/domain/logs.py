"""What is kept of a container's output: bounded, without control bytes, without keys."""

from __future__ import annotations

import re

MASK = "[masked]"
#: A secret of this platform (`bmk_...`), a bearer token, a JSON web token, a secret assignment.
_SECRETS = (
    re.compile(r"\bb[a-z]{2}_[A-Za-z0-9_\-]{16,}"),
    re.compile(r"(?i)(?<=bearer )[A-Za-z0-9_\-.~+/]+=*"),
    re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"),
    re.compile(
        r"(?i)(?<=mandate_key=)\S+|(?<=password=)\S+|(?<=secret=)\S+|(?<=token=)\S+"
        r"|(?<=mandate-key )\S+|(?<=mandate-key=)\S+"
    ),
)


def kept_logs(text: str, most_bytes: int) -> str:
    """Return the end of a log that fits in so many bytes of UTF-8, masked."""
    clean = text.replace("\x00", "")
    for pattern in _SECRETS:
        clean = pattern.sub(MASK, clean)
    data = clean.encode("utf8", "replace")
    if len(data) <= most_bytes:
        return data.decode("utf8")
    return data[-most_bytes:].decode("utf8", "ignore") if most_bytes else ""
