"""A home for a while: in the folder for temporary files, gone with whoever made it."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from deployment.home import Home


@contextlib.contextmanager
def temporary_home(prefix: str = "bauhof-") -> Iterator[Home]:
    """Give a new home; afterwards nothing of it is left, whatever was done there."""
    home = Home(Path(tempfile.mkdtemp(prefix=prefix)))
    try:
        yield home
    finally:
        shutil.rmtree(home.root, ignore_errors=True)
        shutil.rmtree(home.run_dir, ignore_errors=True)
