"""Reads the sources as text and syntax trees; nothing of the project is imported here.

Only files that git knows count: a draft that was not added yet is nobody's business.
"""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: Top folders that hold import packages; they must not be packages themselves.
TOP_FOLDERS = ("services", "fakts", "rekuest", "mikro", "kabinet", "gateway")
SERVICES = ("fakts", "rekuest", "mikro", "kabinet")


@dataclass(frozen=True)
class Module:
    """One source file."""

    path: Path
    name: str
    text: str

    @property
    def where(self) -> str:
        """The path from the root of the repository."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def lines(self) -> int:
        """The number of lines."""
        return self.text.count("\n")

    @property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return parse(self.text, self.where)

    @property
    def package(self) -> str:
        """The top package."""
        return self.name.partition(".")[0]


@cache
def parse(text: str, where: str) -> ast.Module:
    """Return the syntax tree of a source."""
    return ast.parse(text, where)


@cache
def known_files() -> frozenset[Path] | None:
    """Return the files git knows, or None outside of a repository."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return None
    return frozenset(ROOT / name for name in done.stdout.split("\0") if name)


def is_known(path: Path) -> bool:
    """Tell whether a file belongs to the project."""
    known = known_files()
    return known is None or path in known


@cache
def modules() -> tuple[Module, ...]:
    """Return every source module but migrations, which Django writes."""
    found = []
    for top in TOP_FOLDERS:
        for path in sorted((ROOT / top).glob("*/**/*.py")):
            parts = path.relative_to(ROOT / top).with_suffix("").parts
            if {"migrations", "node_modules"} & set(parts) or not is_known(path):
                continue
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found.append(Module(path, name, path.read_text(encoding="utf8")))
    return tuple(found)


def files_of_tests() -> Iterator[Path]:
    """Yield every Python file below tests."""
    yield from filter(is_known, sorted((ROOT / "tests").rglob("*.py")))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function and method of a tree, nested ones too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of a function from `def` to its end."""
    assert function.end_lineno is not None
    return function.end_lineno - function.lineno + 1


def is_type_checking(node: ast.stmt) -> bool:
    """Tell whether a statement is `if TYPE_CHECKING:`."""
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
