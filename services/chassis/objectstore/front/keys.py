"""Keys as paths: any key S3 allows gets a path of its own, on any file system, inside the bucket.

Each component becomes a folder; the last becomes a file whose name ends with `~`, so `a` and `a/b`
live side by side. Capitals, other bytes and a leading dot are escaped as `%4f`, an empty component
is `%`. Components are cut every 80 bytes into nested folders that end with `^`; because the cut
counts raw bytes, sorting names raw lists keys in the order S3 asks for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

PIECE = 80
_PLAIN = re.compile(r"[a-z0-9_-][a-z0-9._-]{0,78}")
_SAFE = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789._-")
_ESCAPE = re.compile(rb"%([0-9a-f]{2})")


def _escape(piece: bytes) -> str:
    text = "".join(chr(byte) if byte in _SAFE else f"%{byte:02x}" for byte in piece)
    return "%2e" + text[1:] if text.startswith(".") else text


def _folders(component: str) -> tuple[list[str], str]:
    """Return the `^` folders a component needs and the name of its last piece."""
    if _PLAIN.fullmatch(component):
        return [], component
    raw = component.encode()
    above = [_escape(raw[at : at + PIECE]) + "^" for at in range(0, len(raw) - PIECE + 1, PIECE)]
    return above, _escape(raw[len(above) * PIECE :]) or "%"


def folder_of(prefix: str) -> str:
    """Return the relative path of the folder that holds all keys below `prefix` (`a/b/`)."""
    parts: list[str] = []
    for component in prefix.split("/")[:-1]:
        above, last = _folders(component)
        parts += [*above, last]
    return "/".join(parts)


def file_of(key: str) -> str:
    """Return the relative path of the file of a key."""
    head, slash, tail = key.rpartition("/")
    above, last = _folders(tail)
    folder = folder_of(head + slash)
    return str(PurePosixPath(folder, *above, last + "~"))


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """A name in a folder of the store, read back."""

    #: The part of the key it stands for; a folder's ends with `/` unless the component goes on.
    raw: bytes
    is_file: bool


def read_name(name: str) -> Name:
    """Read a name back."""
    is_file, goes_on = name.endswith("~"), name.endswith("^")
    text = name[:-1] if is_file or goes_on else name
    if text == "%":
        raw = b""
    elif "%" in text:
        raw = _ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), text.encode())
    else:
        raw = text.encode()
    return Name(raw if is_file or goes_on else raw + b"/", is_file)
