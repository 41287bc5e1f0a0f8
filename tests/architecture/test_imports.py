"""What import-linter cannot say: cycles at load, shadowed clients, packages that are whole."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping

import pytest
from sources import ROOT, TOP_FOLDERS, Module, is_type_checking, modules


def load_time_imports(body: list[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield the imports that run when a module is loaded."""
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and not is_type_checking(node):
            yield from load_time_imports([*node.body, *node.orelse])
        elif isinstance(node, ast.Try):
            handlers = [statement for handler in node.handlers for statement in handler.body]
            yield from load_time_imports([*node.body, *handlers, *node.orelse, *node.finalbody])
        elif isinstance(node, ast.ClassDef | ast.With):
            yield from load_time_imports(node.body)


def graph(sources: tuple[Module, ...]) -> dict[str, set[str]]:
    """Return for each module those of ours that it imports when it is loaded."""
    known = {one.name for one in sources}
    edges: dict[str, set[str]] = {}
    for one in sources:
        targets = edges.setdefault(one.name, set())
        for node in load_time_imports(one.tree.body):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                base = node.module or ""
                # `from package import module` loads the module; a plain name is in the package.
                names = [
                    full if (full := f"{base}.{alias.name}") in known else base
                    for alias in node.names
                ]
            targets.update(name for name in names if name in known and name != one.name)
    return edges


def cycles(edges: Mapping[str, set[str]]) -> list[list[str]]:
    """Return the groups of modules that reach themselves (Tarjan, without recursion)."""
    reach: dict[str, set[str]] = {}
    for start in edges:
        seen: set[str] = set()
        queue = [*edges[start]]
        while queue:
            node = queue.pop()
            if node not in seen:
                seen.add(node)
                queue.extend(edges.get(node, ()))
        reach[start] = seen
    looping = {name for name in edges if name in reach[name]}
    groups = {frozenset(other for other in reach[name] if name in reach[other]) for name in looping}
    return [sorted(group) for group in groups]


def test_nothing_imports_itself_at_load() -> None:
    assert cycles(graph(modules())) == []


def test_cycles_are_found() -> None:
    assert cycles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]
    assert cycles({"a": {"b"}, "b": set()}) == []


@pytest.mark.parametrize("folder", TOP_FOLDERS)
def test_a_top_folder_is_no_package(folder: str) -> None:
    """With an `__init__.py` the folder would shadow the released client of that name."""
    assert not (ROOT / folder / "__init__.py").exists()


@pytest.mark.parametrize("client", ["fakts", "rekuest", "mikro", "kabinet"])
def test_a_top_folder_does_not_shadow_an_installed_client(client: str, tmp_path) -> None:
    """With the repository first on the path, an installed package of the name still wins."""
    installed = tmp_path / client
    installed.mkdir()
    (installed / "__init__.py").write_text("PROOF = 'installed'\n", encoding="utf8")
    code = f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(tmp_path)!r}]; import {client}; "
    done = subprocess.run(
        [sys.executable, "-c", f"{code}print({client}.PROOF)"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "installed", done.stderr


def test_every_package_is_built_typed_and_checked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))
    built = {
        path.rpartition("/")[2]
        for path in project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    }
    packages = {one.package for one in modules()}
    assert packages == built
    assert packages == set(project["tool"]["importlinter"]["root_packages"])
    untyped = [
        path.relative_to(ROOT).as_posix()
        for folder in TOP_FOLDERS
        for path in (ROOT / folder).glob("*/__init__.py")
        if not path.with_name("py.typed").exists()
    ]
    assert untyped == [], "a package without py.typed is not typed for those who import it"


def test_every_folder_with_code_is_a_package() -> None:
    bare = {
        one.path.parent.relative_to(ROOT).as_posix()
        for one in modules()
        if not (one.path.parent / "__init__.py").exists()
    }
    assert bare == set()


def test_every_module_says_what_it_holds() -> None:
    silent = [one.where for one in modules() if not ast.get_docstring(one.tree)]
    assert silent == []


def test_no_module_is_a_drawer() -> None:
    drawers = {"utils", "util", "helpers", "misc", "common"}
    assert [one.where for one in modules() if drawers & set(one.name.split("."))] == []
