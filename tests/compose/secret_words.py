"""Every secret an installation keeps, as it would look where it must not be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

#: Notes beside the keys; looked at by name, so that a new file counts as a secret.
NOTES = {"disk.jsonl", "synthetic.json", "jwks.json"}
#: Repositories that the stories put there for the app store.
_NOT_OURS = ("state/kabinet/git/",)
_SHORTEST = 12
#: What stands beside a key to say whose it is.
_OPENLY_SAID = {"app", "username", "organization"}


def secret_words(root: Path) -> dict[str, str]:
    """Return every word that is secret, by the file it stands in and its place there."""
    found = {}
    for folder in ("secrets", "state"):
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.is_file() and path.name not in NOTES and not name.startswith(_NOT_OURS):
                words = [*_words(path.read_text(errors="replace"))]
                assert words, f"{name} holds nothing that could be looked for"
                found[name] = words[0]
                found |= {f"{name}#{number}": word for number, word in enumerate(words[1:], 1)}
    return found


def _words(text: str) -> Iterator[str]:
    for line in text.splitlines():
        # Frames of PEM and words too short to be one are no secrets by themselves.
        if len(line.strip()) >= _SHORTEST and not line.startswith("-----"):
            yield line.strip()
    if text.lstrip().startswith("{"):
        yield from _leaves(json.loads(text))


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = [one for name, one in value.items() if name not in _OPENLY_SAID]
    if isinstance(value, list):
        for one in value:
            yield from _leaves(one)
    elif isinstance(value, str) and len(value) >= _SHORTEST:
        yield value
