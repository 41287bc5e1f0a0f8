"""How a process of a service loads its code with less work."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder

from django.core.exceptions import ImproperlyConfigured

_MAPS = "django.contrib.gis.geos"


class _NoMaps(MetaPathFinder):
    """Answers the question for Django's maps at once, in the words of a machine without them."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == _MAPS:
            raise ImproperlyConfigured("no service holds maps")


def leave_maps_out() -> None:
    """Let nobody look for the libraries of Django's maps in this process.

    strawberry_django asks for them and goes on without. The search starts a compiler and other
    programs; where it finds them, they stay in memory for nothing.
    """
    if not any(isinstance(finder, _NoMaps) for finder in sys.meta_path):
        sys.meta_path.insert(0, _NoMaps())


@contextmanager
def loading() -> Iterator[None]:
    """Load code without looking for garbage: nearly all of it stays as long as the process.

    What is there in the end is left out of later searches, too.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
