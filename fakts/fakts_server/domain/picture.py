"""Which bytes may be shown as a picture."""

from __future__ import annotations

MOST_BYTES = 1024 * 1024
#: No SVG: it can carry scripts.
_SIGNATURES = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
    "image/webp": b"RIFF",
}
_ENDINGS = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
}
CONTENT_TYPES = frozenset(_SIGNATURES)


def type_of_name(name: str) -> str | None:
    """Return the content type a file name promises, or None when it is no picture."""
    return _ENDINGS.get(name.rpartition(".")[2].lower())


def is_picture(content: bytes, content_type: str) -> bool:
    """Tell whether bytes are what their content type says, as far as their beginning tells."""
    signature = _SIGNATURES.get(content_type)
    if signature is None or not content.startswith(signature):
        return False
    return content_type != "image/webp" or content[8:12] == b"WEBP"
