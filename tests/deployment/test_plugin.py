"""The pytest plugin as an app author uses it."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

#: Stands for the installed client: the same fixture names, and a hub that asks for Docker.
CLIENT = {
    "arkitekt/__init__.py": "",
    "arkitekt/testing.py": """
        import pytest
        from dataclasses import dataclass

        @dataclass
        class TestStack:
            __test__ = False
            hub: object
            app: object
            runtime: object

        @pytest.fixture(scope="session")
        def arkitekt_hub():
            pytest.skip("needs Docker")

        @pytest.fixture
        def call():
            return lambda *words: ("of the client", *words)
        """,
    "arkitekt/runtime.py": """
        from contextlib import contextmanager
        from types import SimpleNamespace

        @contextmanager
        def connect_local(app, **arguments):
            yield SimpleNamespace(
                arguments=arguments, call_local=lambda *words: (app.identifier, *words)
            )
        """,
    "arkitekt/cli/__init__.py": "",
    "arkitekt/cli/target.py": """
        import importlib

        DEFAULT_TARGET = "app"

        def load_target(name, root):
            return importlib.import_module(name).app, name, root
        """,
    "app.py": """
        from types import SimpleNamespace
        app = SimpleNamespace(identifier="org.example.app")
        """,
}
FAKE_PLATFORM = """
    import pytest
    from types import SimpleNamespace

    @pytest.fixture(scope="session")
    def bauhof():
        return SimpleNamespace(
            fakts_url="http://platform", mandate_key=lambda name: "key-" + name
        )
    """


@pytest.fixture
def author(pytester: pytest.Pytester, monkeypatch) -> pytest.Pytester:
    for name, text in CLIENT.items():
        path = pytester.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    monkeypatch.setenv("PYTHONPATH", str(pytester.path))
    return pytester


def run(author: pytest.Pytester) -> pytest.RunResult:
    return author.runpytest_subprocess("-q", "-p", "no:django", "-p", "no:cacheprovider")


@pytest.mark.parametrize("client_plugin", [True, False])
def test_the_hub_of_this_platform_wins_over_the_one_in_docker(
    author: pytest.Pytester, client_plugin: bool
) -> None:
    names = 'pytest_plugins = ["arkitekt.testing"]\n' if client_plugin else ""
    author.makeconftest(names + textwrap.dedent(FAKE_PLATFORM))
    author.makepyfile(
        """
        import os
        import pytest

        @pytest.mark.hub
        def test_hub(arkitekt_hub, hub_runtime, hub_call, teststack):
            assert arkitekt_hub.fakts_url == "http://platform"
            assert hub_runtime.arguments["mandate_key"] == "key-org.example.app"
            assert hub_runtime.arguments["url"] == "http://platform"
            assert hub_call("add", 1) == ("org.example.app", "add", 1)
            assert (teststack.hub, teststack.runtime) == (arkitekt_hub, hub_runtime)
            assert os.environ["ARKITEKT_MESH"] == "0"
            assert "arkitekt-state" in os.environ["XDG_STATE_HOME"]
        """
    )
    run(author).assert_outcomes(passed=1)


def test_fixtures_of_the_client_are_not_taken_from_it(author: pytest.Pytester) -> None:
    author.makeconftest('pytest_plugins = ["arkitekt.testing"]\n')
    author.makepyfile("def test_call(call): assert call('x') == ('of the client', 'x')")
    run(author).assert_outcomes(passed=1)


def test_without_the_client_plugin_the_names_are_there(author: pytest.Pytester) -> None:
    author.makepyfile(
        """
        def test_names(call, local_runtime, arkitekt_app, arkitekt_hub_apps, arkitekt_clients):
            assert call("x") == ("org.example.app", "x")
            assert local_runtime.arguments["offline"] is True
            assert arkitekt_hub_apps == 8
        """
    )
    run(author).assert_outcomes(passed=1)


def test_the_plugin_costs_little_and_loads_no_client() -> None:
    code = "import bauhof.testing, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    heavy = {"django", "strawberry", "typer", "rich", "httpx", "pydantic", "psycopg", "asyncio"}
    assert not loaded & (heavy | {"arkitekt", "rekuest", "fakts", "mikro", "kabinet"})
