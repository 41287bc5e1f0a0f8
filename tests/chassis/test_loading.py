"""What a process of a service leaves out while it loads."""

from __future__ import annotations

import gc
import sys
from importlib import import_module

import pytest
from django.core.exceptions import ImproperlyConfigured

from chassis.loading import leave_maps_out, loading


def test_nobody_looks_for_the_libraries_of_maps() -> None:
    leave_maps_out()
    before = list(sys.meta_path)
    leave_maps_out()
    assert sys.meta_path == before
    with pytest.raises(ImproperlyConfigured, match="no service holds maps"):
        import_module("django.contrib.gis.geos")
    assert "django.contrib.gis.gdal.libgdal" not in sys.modules
    assert import_module("strawberry_django.fields.types").Geometry is None


def test_other_modules_are_found_as_ever() -> None:
    leave_maps_out()
    assert import_module("django.contrib.gis.shortcuts")


@pytest.mark.parametrize("fails", [False, True])
def test_what_was_loaded_is_no_garbage_to_look_for(fails: bool) -> None:
    frozen = gc.get_freeze_count()
    kept = []
    try:
        with loading():
            assert not gc.isenabled()
            kept = [[] for _ in range(1000)]
            if fails:
                raise ImportError
    except ImportError:
        assert fails
    try:
        assert gc.isenabled()
        assert gc.get_freeze_count() >= frozen + len(kept)
    finally:
        gc.unfreeze()
