"""Fixtures of the mikro suite.

- `objects`: the in-memory object store the service uses
- `documents`: the documents of the released client, by the names of their operations
- `configured`: changes sections of the configuration for one test
- `lab`: an admin at work, with those documents; `lab.as_(member)` is somebody else
"""

from __future__ import annotations

import clients_venv
import pytest
from documents import operations
from lab import Lab

from chassis.config import current
from chassis.objectstore.memory import MemoryStore
from mikro_server.adapters.objects import set_object_store
from mikro_server.adapters.provenance import set_provenance_verifier
from mikro_server.config import MikroConfig
from mikro_server.operations.author import forget_authors


@pytest.fixture(autouse=True)
def objects():
    store = MemoryStore(current(MikroConfig).storage)
    set_object_store(store)
    set_provenance_verifier(None)
    forget_authors()
    yield store
    set_object_store(None)
    forget_authors()


@pytest.fixture(scope="session")
def documents() -> dict[str, str]:
    return operations(clients_venv.find(), "mikro")


@pytest.fixture
def lab(graphql, documents, objects, two_organizations) -> Lab:
    return Lab(graphql, documents, objects, two_organizations[0])


@pytest.fixture
def stranger(lab, two_organizations) -> Lab:
    return lab.as_(two_organizations[1])


@pytest.fixture
def configured(settings):
    def change(**sections: dict[str, object]) -> None:
        config = settings.BAUHOF_CONFIG
        changed = {
            name: getattr(config, name).model_copy(update=values)
            for name, values in sections.items()
        }
        settings.BAUHOF_CONFIG = config.model_copy(update=changed)

    return change
