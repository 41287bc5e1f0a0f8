"""pytest plugin: a real platform for tests, ready in seconds, without Docker.

`bauhof` is a running platform for the session; `deployment()` is the same as a context manager.
The other fixtures bear the names of `arkitekt.testing` and mean the same, so the hub tests of an
app run against this platform. Nothing of the client is imported before a test asks for it.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from bauhof.running import Deployment, deployment

__all__ = ["Deployment", "deployment"]

#: Names the app under test, as the client's own command line reads it.
_APP_VARIABLE = "ARKITEKT_APP"


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker of tests that need a platform."""
    config.addinivalue_line("markers", "hub: end to end, against a platform made for the tests.")


class _Hub:
    """The one fixture that must win over the client's own, which asks for Docker."""

    @pytest.fixture(scope="session")
    def arkitekt_hub(
        self, bauhof: Deployment, tmp_path_factory: pytest.TempPathFactory
    ) -> Iterator[Deployment]:
        """The platform the app logs in to: `fakts_url`, `mandate_key(name)`, `logs()`."""
        with pytest.MonkeyPatch.context() as patch:
            # A new platform has a new address: logins of other runs mean nothing to it.
            patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("arkitekt-state")))
            patch.setenv("ARKITEKT_MESH", "0")
            yield bauhof


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Register the hub after all other plugins, because the last one registered is taken."""
    session.config.pluginmanager.register(_Hub(), "bauhof-hub")


@pytest.fixture(scope="session")
def bauhof() -> Iterator[Deployment]:
    """A running platform for the whole session."""
    with deployment() as running:
        yield running


@pytest.fixture(scope="session")
def arkitekt_app(pytestconfig: pytest.Config) -> Any:
    """The project's app: `$ARKITEKT_APP`, else the module `app` where pytest runs."""
    target = importlib.import_module("arkitekt.cli.target")
    root = str(pytestconfig.rootpath)
    if root not in sys.path:
        sys.path.insert(0, root)
    name = os.environ.get(_APP_VARIABLE) or target.DEFAULT_TARGET
    return target.load_target(name, root)[0]


@pytest.fixture
def arkitekt_clients() -> Sequence[Any]:
    """Clients handed to the app's actions in place of its services' own; none by default."""
    return ()


@pytest.fixture
def arkitekt_context() -> Any:
    """The context the app is started with; override it for an app that declares one."""
    return None


@pytest.fixture(scope="session")
def arkitekt_hub_apps() -> int:
    """How many apps log in to the hub. Here every name gets a key, so it bounds nothing."""
    return 8


@pytest.fixture
def local_runtime(
    arkitekt_app: Any, arkitekt_clients: Sequence[Any], arkitekt_context: Any
) -> Iterator[Any]:
    """The app, started without any server, for one test."""
    with _connect(
        arkitekt_app, clients=arkitekt_clients, context=arkitekt_context, offline=True
    ) as runtime:
        yield runtime


@pytest.fixture
def call(local_runtime: Any) -> Callable[..., Any]:
    """Call one of the app's actions without any server."""
    caller: Callable[..., Any] = local_runtime.call_local
    return caller


@pytest.fixture
def hub_runtime(
    arkitekt_app: Any,
    arkitekt_hub: Deployment,
    arkitekt_clients: Sequence[Any],
    arkitekt_context: Any,
) -> Iterator[Any]:
    """The app, started and logged in to the platform, for one test."""
    with _connect(
        arkitekt_app,
        clients=arkitekt_clients,
        context=arkitekt_context,
        offline=False,
        url=arkitekt_hub.fakts_url,
        mandate_key=arkitekt_hub.mandate_key(arkitekt_app.identifier),
        headless=True,
    ) as runtime:
        yield runtime


@pytest.fixture
def hub_call(hub_runtime: Any) -> Callable[..., Any]:
    """Call one of the app's actions with its services real."""
    caller: Callable[..., Any] = hub_runtime.call_local
    return caller


@pytest.fixture
def teststack(arkitekt_app: Any, arkitekt_hub: Deployment, hub_runtime: Any) -> Any:
    """The platform, the app and its run in one object: `hub`, `app`, `runtime`, `call`."""
    kind = importlib.import_module("arkitekt.testing").TestStack
    return kind(hub=arkitekt_hub, app=arkitekt_app, runtime=hub_runtime)


def _connect(app: Any, **arguments: Any) -> Any:
    return importlib.import_module("arkitekt.runtime").connect_local(app, **arguments)
