"""Every kind of bad input that mikro and its store must outlive, and the tests that send it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
STORE = "mikro/graphql/test_store.py"
FINISH = "mikro/operations/test_store.py"
SIGNS = "mikro/operations/test_inspection.py"
CRASH = "chassis/objectstore/test_front_crash.py"
GRANTS = "chassis/objectstore/test_grants.py"
#: What is sent -> the tests that send it, as file and function.
SENT: dict[str, list[tuple[str, str]]] = {
    "finish of a store never written": [
        (STORE, "test_finish_of_a_prefix_nobody_wrote_is_refused"),
        (STORE, "test_finish_of_an_object_nobody_wrote_is_refused"),
    ],
    "finish of another organization's store": [
        (FINISH, "test_finish_is_once_and_for_its_owner"),
        ("mikro/graphql/test_documents.py", "test_strangers_find_nothing_by_any_document"),
    ],
    "finish twice": [(FINISH, "test_finish_is_once_and_for_its_owner")],
    "a multipart upload half written": [
        ("mikro/operations/test_killed_front.py", "test_finish_of_parts_never_put_together"),
        (
            "mikro/operations/test_killed_front.py",
            "test_the_sweep_returns_the_space_of_a_killed_write",
        ),
    ],
    "another dtype or shape than was declared": [
        ("mikro/operations/test_array.py", "test_a_wrong_declaration_attaches_nothing"),
        (STORE, "test_a_declaration_is_held_against_what_was_written"),
    ],
    "a parquet file of other columns": [
        ("mikro/operations/test_table.py", "test_tables_are_held_against_their_file"),
        ("mikro/graphql/test_table.py", "test_a_declaration_that_drifted_from_the_file_is_refused"),
    ],
    "an attribute of 1 GiB": [(SIGNS, "test_attributes_without_measure_are_refused_unread")],
    "a loop of derivations": [
        (
            "mikro/selectors/test_descent.py",
            "test_everything_younger_is_found_once_at_its_least_distance",
        ),
        (
            "mikro/graphql/test_transformation.py",
            "test_a_walk_reaches_what_is_connected_and_stops_where_it_is_told",
        ),
    ],
    "a folder below itself": [
        ("mikro/operations/test_folder.py", "test_folders_tree_history_and_search")
    ],
    "names with control characters": [
        ("mikro/domain/test_text.py", "test_bad_names"),
        (STORE, "test_a_file_name_is_a_name_and_never_a_path_in_the_store"),
    ],
    "a grant after its end": [(GRANTS, "test_an_expired_grant_opens_nothing")],
    "a grant on a sibling's prefix": [(GRANTS, "test_a_sibling_grant_opens_nothing")],
    "a write past the quota": [
        ("mikro/operations/test_quota.py", "test_the_quota_is_refused_early_and_with_numbers"),
        (CRASH, "test_a_grant_holds_its_limit"),
    ],
    "a disk that fills during an upload in parts": [
        (CRASH, "test_a_disk_that_is_full_indeed"),
        (CRASH, "test_a_full_disk_is_told_and_the_room_comes_back"),
    ],
}


@pytest.mark.parametrize("what", SENT)
def test_somebody_sends_it(what: str) -> None:
    for file, name in SENT[what]:
        tree = ast.parse((TESTS / file).read_text(encoding="utf8"))
        functions = (ast.FunctionDef, ast.AsyncFunctionDef)
        names = {node.name for node in tree.body if isinstance(node, functions)}
        assert name in names, f"{what}: {file} has no {name}"
