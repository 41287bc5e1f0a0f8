"""pytest plugin for the suite of one service.

Load it with `-p chassis.testing.plugin` in the suite's `pytest.ini`. It starts PostgreSQL and sets
the service's configuration before Django reads it. Fixtures:

- `mint`: signs access tokens; `mint.member(roles=["viewer"])` is a person with a token
- `two_organizations`: two members (admins) of different organizations
- `application`: the service's ASGI application, started; needs the database
- `graphql`: call it with a document and a member
- `http`: an `httpx.AsyncClient` on the application
- `websocket`: call it with a path (below the prefix) to open a websocket
"""

from __future__ import annotations

import asyncio
import atexit
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connections

from chassis.asgi import build_application
from chassis.config import ServiceConfig, current
from chassis.identity import set_verifier
from chassis.testing.client import GraphQLClient
from chassis.testing.mint import Member, TokenMint
from chassis.testing.postgres import flush_by_deleting, start_postgres
from chassis.testing.tenancy import parametrize_root_fields
from chassis.testing.websocket import WebSocketSession

_STATE_VARIABLE = "BAUHOF_TEST_STATE"


def _state_dir() -> Path:
    """The folder of this test run; worker processes inherit it."""
    if _STATE_VARIABLE not in os.environ:
        folder = tempfile.mkdtemp(prefix="bauhof-test-")
        os.environ[_STATE_VARIABLE] = folder
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(os.environ[_STATE_VARIABLE])


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Point the service under test at the test database and the mint's keys."""
    name = str(early_config.getini("DJANGO_SETTINGS_MODULE"))
    service = name.partition(".")[0].removesuffix("_server")
    state = _state_dir()
    socket_folder, superuser = start_postgres()
    flush_by_deleting()
    values = {
        "DATABASE__HOST": socket_folder,
        "DATABASE__USER": superuser,
        # One database per test run: two runs side by side must not drop each other's.
        "DATABASE__NAME": f"{service}_{state.name.rpartition('-')[2]}",
        "STATE_DIR": str(state),
        "TOKENS__JWKS_FILE": str(TokenMint(state).jwks_file),
        "ALLOWED_HOSTS": "[localhost, 127.0.0.1, testserver]",
    }
    for key, value in values.items():
        os.environ.setdefault(f"{service.upper()}__{key}", value)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give the inherited tenancy tests their root fields."""
    parametrize_root_fields(metafunc)


@pytest.fixture(scope="session")
def mint() -> TokenMint:
    """Signs tokens the service under test trusts."""
    config = current(ServiceConfig)
    return TokenMint(_state_dir(), issuer=config.tokens.issuer, audience=config.audience)


@pytest.fixture
def two_organizations(mint: TokenMint) -> tuple[Member, Member]:
    """An admin of one organization and an admin of another."""
    return (
        mint.member(sub="1", org="1", active_org="first", preferred_username="ada"),
        mint.member(
            sub="2",
            org="2",
            active_org="second",
            preferred_username="bob",
            client_id="other-client",
        ),
    )


@pytest.fixture(autouse=True)
def _fresh_verifier() -> Iterator[None]:
    """Each test has an event loop of its own, and the verifier belongs to a loop."""
    set_verifier(None)
    yield
    set_verifier(None)


@pytest_asyncio.fixture
async def application(transactional_db: None) -> AsyncIterator[Any]:
    """The service's application between start-up and shutdown."""
    app = build_application(settings.BAUHOF_PACKAGE)
    to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    from_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    life = asyncio.ensure_future(app({"type": "lifespan"}, to_app.get, from_app.put))
    await to_app.put({"type": "lifespan.startup"})
    started = asyncio.ensure_future(from_app.get())
    await asyncio.wait({started, life}, return_when=asyncio.FIRST_COMPLETED)
    if life.done():
        life.result()
    yield app
    await to_app.put({"type": "lifespan.shutdown"})
    await life
    await asyncio.to_thread(connections.close_all)
    # Tests make rows in the thread of sync_to_async, which has a connection of its own.
    await sync_to_async(connections.close_all)()


@pytest.fixture
def graphql(application: Any) -> GraphQLClient:
    """A GraphQL client on the service."""
    return GraphQLClient(application, f"{current(ServiceConfig).path_prefix}/graphql")


@pytest_asyncio.fixture
async def http(application: Any) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client on the service; paths are absolute."""
    transport = httpx.ASGITransport(application, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


@pytest.fixture
def websocket(application: Any) -> Callable[..., WebSocketSession]:
    """Opens a websocket at a path below the prefix."""

    def open_socket(path: str, **options: Any) -> WebSocketSession:
        prefix = current(ServiceConfig).path_prefix
        return WebSocketSession(application, f"{prefix}/{path}", **options)

    return open_socket
