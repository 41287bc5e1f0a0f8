"""What is promised of the dashboard, and the stories that hold it: none may go unnoticed."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SUITE = Path(__file__).parent
CLAUSES = {
    "the first admin sets the platform up": (
        "test_first_steps.py::test_from_the_one_time_link_to_the_first_result",
    ),
    "a second user is invited and comes in": (
        "test_people.py::test_an_invited_person_makes_an_account_and_is_in",
        "test_people.py::test_an_invite_that_was_cancelled_lets_nobody_in",
    ),
    "a device code is approved": (
        "test_apps.py::test_an_app_is_approved_by_its_code",
        "test_apps.py::test_one_of_two_instances_is_chosen",
        "test_first_steps.py::test_from_the_one_time_link_to_the_first_result",
    ),
    "the hello action runs from its form": (
        "test_first_steps.py::test_from_the_one_time_link_to_the_first_result",
    ),
    "a run is watched live": (
        "test_work.py::test_an_action_runs_from_its_form_and_its_result_comes_by_itself",
        "test_work.py::test_the_list_follows_and_its_filter_is_in_the_address",
    ),
    "a run is cancelled": ("test_work.py::test_a_long_task_is_paused_resumed_and_cancelled",),
    "a held child is approved": (
        "test_work.py::test_what_a_workflow_begins_is_approved_and_denied",
    ),
    "a file is uploaded and looked at": (
        "test_data.py::test_a_small_file_is_uploaded_and_looked_at",
        "test_data.py::test_a_large_file_goes_in_parts_and_comes_back_whole",
        "test_data.py::test_an_upload_goes_on_after_a_reload",
    ),
    "a small volume is looked at": ("test_data.py::test_a_volume_is_looked_at_plane_by_plane",),
    "an app is installed from a registry, answers, and its approval is taken back": (
        "../engine/test_store_pages.py::test_an_app_is_installed_by_the_browser_answers_and_is_revoked",
    ),
    "an app is revoked": ("test_apps.py::test_a_revoked_app_is_out_at_once",),
    "what is deleted comes back": (
        "test_data.py::test_what_is_deleted_comes_back_by_undo_and_from_the_trash",
    ),
    "every page has its pictures and nothing serious is found by axe": (
        "test_pages.py::test_every_route_has_its_pictures",
        "test_pages.py::test_a_page_can_be_read_by_everybody",
    ),
    "the first view is light": ("test_weight.py::test_the_first_page_is_light",),
    "with a service away the rest works": (
        "test_outages.py::test_a_service_goes_away_and_comes_back",
    ),
    "nothing is asked outside of the public SDL": (
        "test_sdl.py::test_every_operation_is_in_the_public_sdl",
        "test_sdl.py::test_no_operation_is_written_anywhere_else",
    ),
    "what belongs to another organization is not found": (
        "test_foreign.py::test_an_id_of_another_organization_is_not_found",
        "test_login.py::test_the_address_of_another_organization_is_not_found",
    ),
}


def stories(module: str) -> set[str]:
    """The tests written in a module."""
    tree = ast.parse((SUITE / module).read_text(encoding="utf8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("clause", CLAUSES)
def test_every_promise_has_its_story(clause: str) -> None:
    for story in CLAUSES[clause]:
        module, name = story.split("::")
        assert name in stories(module), f"{clause}: there is no {story}"
