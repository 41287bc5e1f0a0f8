"""The build of the dashboard: made once for the same sources, and honest when it cannot be made."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_spec = importlib.util.spec_from_file_location("dashboard", ROOT / "scripts" / "dashboard.py")
dashboard = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(dashboard)


@pytest.fixture
def tree(tmp_path):
    sources = tmp_path / "gateway" / "dashboard"
    for name, text in {
        "package.json": "{}",
        "src/main.ts": "1",
        "src/gen/rekuest.ts": "made",
        "node_modules/x/index.js": "made",
    }.items():
        (sources / name).parent.mkdir(parents=True, exist_ok=True)
        (sources / name).write_text(text)
    for service in ("fakts", "rekuest", "mikro", "kabinet"):
        (tmp_path / service).mkdir()
        (tmp_path / service / "schema.graphql").write_text("type Query")
    return sources, tmp_path


def test_the_same_sources_have_the_same_fingerprint(tree) -> None:
    assert dashboard.fingerprint(*tree) == dashboard.fingerprint(*tree)


@pytest.mark.parametrize(
    "name",
    ["gateway/dashboard/src/main.ts", "gateway/dashboard/src/new.ts", "mikro/schema.graphql"],
)
def test_any_change_of_what_goes_in_changes_it(tree, name: str) -> None:
    before = dashboard.fingerprint(*tree)
    (tree[1] / name).write_text("2")
    assert dashboard.fingerprint(*tree) != before


@pytest.mark.parametrize("name", ["node_modules/x/index.js", "src/gen/rekuest.ts"])
def test_what_is_made_does_not_count(tree, name: str) -> None:
    before = dashboard.fingerprint(*tree)
    (tree[0] / name).write_text("2")
    assert dashboard.fingerprint(*tree) == before


def test_a_renamed_file_changes_it(tree) -> None:
    before = dashboard.fingerprint(*tree)
    (tree[0] / "src" / "main.ts").rename(tree[0] / "src" / "other.ts")
    assert dashboard.fingerprint(*tree) != before


def test_only_the_files_of_this_very_build_are_current(tmp_path) -> None:
    assert not dashboard.is_current(tmp_path, "abc")
    (tmp_path / ".built-from").write_text("abc")
    assert not dashboard.is_current(tmp_path, "abc")
    (tmp_path / "index.html").write_text("")
    assert dashboard.is_current(tmp_path, "abc")
    assert not dashboard.is_current(tmp_path, "abd")


@pytest.fixture
def without_node(monkeypatch, tmp_path):
    """A machine with neither Node nor a network: the fetch of the wheel ends with an error."""
    monkeypatch.setattr(dashboard, "TARGET", tmp_path / "target")
    monkeypatch.setattr(dashboard, "NODE_HOME", tmp_path / "node")
    monkeypatch.setattr(dashboard, "NODE_WHEEL", str(tmp_path / "there-is-no.whl"))
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.parametrize(("words", "code"), [(["--optional"], 0), ([], 1)])
def test_what_cannot_be_built_is_told_in_one_line(without_node, capfd, words, code) -> None:
    assert dashboard.main(words) == code
    told = capfd.readouterr().err
    assert "the dashboard was not built: no Node is installed" in told
    assert "Traceback" not in told
    if code == 0:
        assert told.count("\n") == 1
        assert "a plain status page is shown instead" in told


def test_the_pages_of_this_checkout_are_built() -> None:
    """`make test` builds them first; the stories in the browser would tell nothing otherwise."""
    assert dashboard.is_current(dashboard.TARGET, dashboard.fingerprint())
