"""The table of services against the packages it names."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from deployment.administration import service_environment
from deployment.catalog import SERVICES, Service, service_names
from deployment.home import Home

SOURCES = Path(__file__).resolve().parents[2] / "services" / "deployment"


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_service_is_a_package_that_can_be_run(service: Service) -> None:
    package = importlib.util.find_spec(service.package)
    assert package is not None
    folder = Path(package.submodule_search_locations[0])
    needed = ("settings.py", "app.py") if service.is_django else ("__main__.py",)
    assert [name for name in needed if not (folder / name).exists()] == []


def test_identifiers_are_those_that_apps_ask_for() -> None:
    assert {service.identifier for service in SERVICES} == {
        None,
        "live.arkitekt.rekuest",
        "live.arkitekt.mikro",
        "live.arkitekt.kabinet",
        "live.arkitekt.s3",
    }


def test_names_are_unique_and_fit_for_sql_paths_and_variables() -> None:
    assert len(set(service_names())) == len(SERVICES)
    assert all(re.fullmatch(r"[a-z]+", name) for name in service_names())
    assert not set(service_names()) & {"postgres", "gateway", "supervisor"}


def test_no_service_is_named_outside_of_the_tables() -> None:
    """A new service is a row here and a row among the routes, and nothing else."""
    # `engine.py` names a package that the deployer reads, no service that it would start.
    # The commands of the store ask the app store, and that is one service; the check from end to
    # end does what an app does, which asks each service for what it offers.
    allowed = {
        *("shelf.py", "running.py", "session.py", "approving.py"),
        *("catalog.py", "render.py", "administration.py", "embedded.py", "home.py"),
        *("engine.py", "standing.py"),
    }
    for path in SOURCES.rglob("*.py"):
        words = re.findall(r'"(rekuest|mikro|kabinet)(?:_server)?"', path.read_text())
        assert not words or path.name in allowed, path.name


def test_services_inherit_settings_but_not_the_callers_django(home: Home) -> None:
    environ = {
        "FAKTS__ACCESS_TOKEN_SECONDS": "4",
        "DJANGO_SETTINGS_MODULE": "someone.elses.settings",
        "BAUHOF_CONFIG": "/elsewhere.yaml",
        "MALLOC_ARENA_MAX": "8",
    }
    env = service_environment(home, environ)
    assert env["FAKTS__ACCESS_TOKEN_SECONDS"] == "4"
    assert env["BAUHOF_CONFIG"] == str(home.services_file)
    assert env["MALLOC_ARENA_MAX"] == "8"
    assert "DJANGO_SETTINGS_MODULE" not in env
