"""What the optimizer of queries asks for on each query must not cost anything."""

from __future__ import annotations

import importlib
import sys

import pytest

from chassis.apps import ChassisConfig

FIELDS = "django.contrib.contenttypes.fields"
MODELS = "django.contrib.contenttypes.models"


def finders_asked(name: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the modules that an import of `name` looked for on the disk."""
    asked: list[str] = []

    class Witness:
        @staticmethod
        def find_spec(name: str, path: object = None, target: object = None) -> None:
            asked.append(name)

    with monkeypatch.context() as patch:
        patch.setattr(sys, "meta_path", [Witness, *sys.meta_path])
        with pytest.raises((ImportError, RuntimeError)):
            importlib.import_module(name)
    return asked


@pytest.mark.parametrize("name", [FIELDS, MODELS])
def test_an_app_that_is_not_installed_is_not_looked_for(name, monkeypatch) -> None:
    assert finders_asked(name, monkeypatch) == []


def test_an_app_that_is_installed_stays(monkeypatch) -> None:
    for name in (FIELDS, MODELS):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setattr("chassis.apps.apps.is_installed", lambda _: True)
    ChassisConfig.create("chassis").ready()
    assert FIELDS not in sys.modules
    assert MODELS not in sys.modules
