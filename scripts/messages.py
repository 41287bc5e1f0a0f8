"""Compile the translations: each `django.po` to the `django.mo` that Django reads."""

from __future__ import annotations

import sys
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parents[1]


def catalogs() -> list[Path]:
    """Return the translations there are."""
    return sorted(ROOT.glob("*/*_server/locale/*/LC_MESSAGES/django.po"))


def compiled(catalog: Path) -> bytes:
    """Return a translation as Django reads it."""
    return bytes(polib.pofile(str(catalog)).to_binary())


def main() -> int:
    """Write what is not current."""
    for catalog in catalogs():
        target = catalog.with_suffix(".mo")
        data = compiled(catalog)
        if not target.exists() or target.read_bytes() != data:
            target.write_bytes(data)
            sys.stdout.write(f"{target.relative_to(ROOT)} written\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
