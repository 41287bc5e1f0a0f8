"""Sizes that keep the code changeable. An exception is listed with its reason, or mended."""

from __future__ import annotations

import ast
import itertools
import statistics
from functools import cache

import pytest
from sources import ROOT, SERVICES, Module, files_of_tests, functions, length, modules

MODULE_LINES = 400
MODULE_LINES_LISTED = 600
MODULE_MEDIAN = 100
FUNCTION_LINES = 80
FUNCTION_LINES_LISTED = 100
FUNCTION_P95 = 35
CHASSIS_LINES = 4000
#: Rooms of the chassis that are libraries of their own: lines, and what they are.
CHASSIS_ROOMS: dict[str, tuple[int, str]] = {
    "chassis.background": (600, "what admins see of jobs: notes, tables, their GraphQL form"),
    "chassis.definitions": (2000, "the definition language: models, hashes, its GraphQL form"),
    "chassis.objectstore": (5500, "the storage contract, its drivers, the S3 front, its backends"),
    "chassis.parts": (300, "metrics of what services stand on: database and broker"),
    "chassis.testing": (1000, "help for tests; nothing of it runs in a service"),
}
SCHEMA_LINES = 60
SETTINGS_LINES = 40
#: Lines of tests for each line of source, at least.
TESTS_TO_SOURCE = 1.0
BROAD_EXCEPTS = 10
LOCAL_IMPORTS = 5
EQUAL_RUN = 6
EQUAL_RUNS = 3

#: Modules over the limit: path -> why it is one room.
LONG_MODULES: dict[str, str] = {}
#: Settings over the limit: service -> how many lines, and why.
LONG_SETTINGS: dict[str, tuple[int, str]] = {
    "fakts": (80, "the only service with accounts, sessions, forms and pages"),
}
#: Lists of nouns over the limit: service -> how many lines, and why.
LONG_SCHEMAS: dict[str, tuple[int, str]] = {
    "fakts": (80, "sixteen nouns, two roots; a list all the same"),
    "rekuest": (110, "twenty nouns, three roots; a list all the same"),
}
#: Functions over the limit: `path:name` -> why.
LONG_FUNCTIONS: dict[str, str] = {}
#: Imports inside functions: `path:name` -> why it cannot stand at the top.
IMPORTS_IN_FUNCTIONS: dict[str, str] = {
    "mikro/mikro_server/http/picture.py:_operations": "numpy and zarr, loaded at the first picture",
}
#: Broad excepts: path -> which edge of a process it is.
PROCESS_EDGES: dict[str, str] = {
    "kabinet/deployers/docker/streams.py": "a thread: its error is raised on the reader's side",
    "services/chassis/graphql/schema.py": "the executor of plans: an error is an answer",
    "services/chassis/jobs.py": "the job runner: one failing job must not end the others",
    "rekuest/rekuest_server/operations/dispatch.py": "the writer: one bad wish fails alone",
    "rekuest/rekuest_server/operations/peers.py": "a loop: the feeds read again",
    "rekuest/rekuest_server/operations/journal.py": "the writer: one bad frame must not stop it",
    "rekuest/rekuest_server/operations/sweep.py": "a loop: the next turn reads the rows again",
    "rekuest/rekuest_server/ws/agent.py": "a connection: a fault of ours must not end the agent",
    "rekuest/rekuest_server/ws/requests.py": "a connection: one bad request must not end it",
}


def percentile(numbers: list[int], share: float) -> int:
    return sorted(numbers)[min(int(len(numbers) * share), len(numbers) - 1)]


def test_no_module_is_long() -> None:
    long = {one.where: one.lines for one in modules() if one.lines > MODULE_LINES}
    assert set(long) == set(LONG_MODULES), f"too long, or listed and short: {long}"
    assert all(lines <= MODULE_LINES_LISTED for lines in long.values()), long


def test_modules_are_short_on_the_whole() -> None:
    sizes = [one.lines for one in modules()]
    assert statistics.median(sizes) <= MODULE_MEDIAN


def test_no_function_is_long() -> None:
    sizes = {
        f"{one.where}:{function.name}": length(function)
        for one in modules()
        for function in functions(one.tree)
    }
    long = {name: lines for name, lines in sizes.items() if lines > FUNCTION_LINES}
    assert set(long) == set(LONG_FUNCTIONS), f"too long, or listed and short: {long}"
    assert all(lines <= FUNCTION_LINES_LISTED for lines in long.values()), long
    assert percentile([*sizes.values()], 0.95) <= FUNCTION_P95


@pytest.mark.parametrize("service", SERVICES)
def test_wiring_files_hold_no_logic(service: str) -> None:
    lines = {one.name: one.lines for one in modules() if one.package == f"{service}_server"}
    limit, _ = LONG_SETTINGS.get(service, (SETTINGS_LINES, ""))
    assert lines[f"{service}_server.settings"] <= limit
    limit, _ = LONG_SCHEMAS.get(service, (SCHEMA_LINES, ""))
    assert lines.get(f"{service}_server.graphql.schema", 0) <= limit


def test_the_chassis_stays_small() -> None:
    lines = dict.fromkeys(["chassis", *CHASSIS_ROOMS], 0)
    for one in modules():
        if one.package == "chassis":
            room = ".".join(one.name.split(".")[:2])
            lines[room if room in CHASSIS_ROOMS else "chassis"] += one.lines
    assert lines.pop("chassis") <= CHASSIS_LINES
    assert {room for room, count in lines.items() if count > CHASSIS_ROOMS[room][0]} == set()


def test_tests_keep_up_with_the_source() -> None:
    """Lines that say something, on both sides: docstrings and imports prove nothing."""
    source = sum(len(code_lines(one)) for one in modules())
    tests = sum(
        len(code_lines(Module(path, path.stem, path.read_text(encoding="utf8"))))
        for path in files_of_tests()
    )
    assert tests / source >= TESTS_TO_SOURCE, f"{tests} lines of tests to {source} of source"


def broad_excepts(module: Module) -> int:
    return sum(
        isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"})
        # One that cleans up and raises again swallows nothing.
        and not (isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None)
        for node in ast.walk(module.tree)
    )


def test_broad_excepts_stand_at_process_edges_only() -> None:
    found = {one.where: count for one in modules() if (count := broad_excepts(one))}
    assert set(found) == set(PROCESS_EDGES), f"not listed, or listed and gone: {found}"
    assert sum(found.values()) <= BROAD_EXCEPTS, found


def test_imports_stand_at_the_top() -> None:
    found = {
        f"{one.where}:{function.name}"
        for one in modules()
        for function in functions(one.tree)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert found == set(IMPORTS_IN_FUNCTIONS), f"not listed, or listed and gone: {found}"
    assert len(found) <= LOCAL_IMPORTS


def code_lines(module: Module) -> list[str]:
    """The lines that say something: no blank, no docstring, no import, no comment."""
    skipped: set[int] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import | ast.ImportFrom) or (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            skipped.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = [
        line.strip()
        for number, line in enumerate(module.text.splitlines(), start=1)
        if number not in skipped
    ]
    return [line for line in lines if line and not line.startswith("#")]


@cache
def windows(module: Module) -> dict[tuple[str, ...], int]:
    """Every run of lines of the length that counts, with the place where it last begins."""
    lines = code_lines(module)
    return {
        tuple(lines[place : place + EQUAL_RUN]): place
        for place in range(len(lines) - EQUAL_RUN + 1)
    }


def equal_runs(left: Module, right: Module) -> list[str]:
    """The runs that stand in both modules; windows that touch are one run."""
    one, other = windows(left), windows(right)
    places = sorted(one[window] for window in one.keys() & other.keys())
    starts = [place for place in places if place - 1 not in places]
    first = {place: window[0] for window, place in one.items()}
    return [f"{left.where} and {right.where}: from {first[place]!r}" for place in starts]


def test_services_do_not_copy_each_other() -> None:
    of = {
        service: [one for one in modules() if one.package == f"{service}_server"]
        for service in SERVICES
    }
    found = [
        run
        for first, second in itertools.combinations(SERVICES, 2)
        for left, right in itertools.product(of[first], of[second])
        for run in equal_runs(left, right)
    ]
    assert len(found) <= EQUAL_RUNS, "\n".join(found)


def test_equal_runs_are_seen_over_names_of_files() -> None:
    path = ROOT / "none.py"
    text = "".join(f"value_{number} = {number}\n" for number in range(8))
    same = Module(path, "a", f'"""Doc."""\nimport os\n{text}')
    assert len(equal_runs(same, Module(path, "b", f"import re\n{text}other = 1\n"))) == 1
    assert equal_runs(same, Module(path, "b", "value_1 = 1\nvalue_2 = 2\n")) == []
