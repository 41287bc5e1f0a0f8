"""What may come from outside in a bad state, and which test shows that it is met in order.

Each is told with its reason, can be tried again, and leaves nothing behind.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
DOCUMENTS = "kabinet/adapters/test_documents.py"
FETCH = "kabinet/adapters/test_fetch.py"
REGISTRY = "kabinet/adapters/test_registry.py"
DEPLOYING = "deployers/core/test_deploying.py"
FULL = "engine/test_full_disk.py"
MET = {
    "unknown keys": (DOCUMENTS, "test_unknown_keys_of_envelopes_are_ignored"),
    "unknown keys within an image": (DOCUMENTS, "test_one_bad_image_never_loses_the_others"),
    "cyclic anchors": (DOCUMENTS, "test_what_is_no_deployments_file_is_told"),
    "a bomb of anchors": (DOCUMENTS, "test_a_bomb_of_anchors_is_put_out"),
    "50 MB": (FETCH, "test_an_answer_is_bounded_whatever_it_declares"),
    "a large descriptor": (REGISTRY, "test_a_large_descriptor_is_not_read"),
    "wrong types": (DOCUMENTS, "test_a_problem_names_the_image_and_the_field"),
    "two flavours of one name": (
        DOCUMENTS,
        "test_two_flavours_of_one_name_are_told_and_the_last_counts",
    ),
    "a build time without a zone": (DOCUMENTS, "test_times_of_build_without_a_zone_mean_utc"),
    "a lie about a blob's digest": (
        REGISTRY,
        "test_a_blob_that_is_not_its_digest_costs_only_that_release",
    ),
    "a lie about a manifest's digest": (
        REGISTRY,
        "test_a_manifest_that_is_not_its_digest_is_told",
    ),
    "429 once": (REGISTRY, "test_a_busy_registry_is_asked_again"),
    "429 for ever": (REGISTRY, "test_a_registry_that_stays_busy_is_left_for_later"),
    "pages that loop": (REGISTRY, "test_pages_that_lead_back_into_themselves_are_refused"),
    "an image that does not exist": (
        DEPLOYING,
        "test_an_image_that_does_not_exist_leaves_no_trace",
    ),
    "that, on a real engine": ("engine/test_engine.py", "test_an_image_that_does_not_exist"),
    "an app that exits at once": (
        DEPLOYING,
        "test_an_app_that_ends_at_once_is_a_failure_with_its_last_words",
    ),
    "an app that is never healthy": (
        DEPLOYING,
        "test_an_app_that_never_becomes_healthy_is_stopped_and_failed",
    ),
    "a pull that fills the disk": (FULL, "test_a_pull_without_room_says_so"),
    "a container without room": (FULL, "test_a_container_without_room_says_so"),
    "the engine down in a pull": (
        "engine/test_filtering.py",
        "test_an_engine_that_goes_away_in_the_middle_of_a_pull",
    ),
    "the engine down in a start": (
        DEPLOYING,
        "test_an_engine_that_goes_away_during_the_start_is_a_failure",
    ),
}


def functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)}


@pytest.mark.parametrize("what", MET)
def test_it_is_met(what: str) -> None:
    file, name = MET[what]
    assert name in functions(TESTS / file)
