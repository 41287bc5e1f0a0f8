"""Fixtures of the kabinet suite.

- `documents`: the documents of the released client, by the names of their operations
- `shop`: an admin at the store, with those documents; `shop.as_(member)` is somebody else
- `stranger`: an admin of another organization at the same store
- `configure`: call it with sections and keys to change the configuration for one test
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import clients_venv
import pytest
from documents import operations
from servers import Registry, serving
from shop import Shop

from kabinet_server.operations.welcome import forget_welcomes


@pytest.fixture(autouse=True)
def _first_visits():
    """Tests empty the tables, so nobody was here before."""
    forget_welcomes()
    yield
    forget_welcomes()


@pytest.fixture(scope="session")
def documents() -> dict[str, str]:
    return operations(clients_venv.find(), "kabinet")


@pytest.fixture
def shop(graphql, documents, two_organizations) -> Shop:
    return Shop(graphql, documents, two_organizations[0])


@pytest.fixture
def stranger(shop, two_organizations) -> Shop:
    return shop.as_(two_organizations[1])


@pytest.fixture
def configure(settings) -> Callable[..., None]:
    def change(**sections: dict[str, Any]) -> None:
        config = settings.BAUHOF_CONFIG
        changed = {
            name: getattr(config, name).model_copy(update=keys) for name, keys in sections.items()
        }
        settings.BAUHOF_CONFIG = config.model_copy(update=changed)

    return change


@pytest.fixture
def registry():
    """A registry on a real socket; `registry.site` tells its address and what it was asked."""
    found = Registry()
    with serving(found.answer) as site:
        found.site = site
        found.realm = site.address
        yield found


@pytest.fixture
def allowed(configure, registry):
    """Lets the store read the registry, which is on the loopback."""
    configure(sources={"allowed_hosts": [registry.site.host], "timeout_seconds": 5.0})
    return registry
