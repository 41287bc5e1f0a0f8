"""The faults of an installer that others had: each is held down by tests, and none is forgotten."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
PARTS = "deployment/compose/test_parts.py"
MADE = "deployment/compose/test_installation.py"
OWN = "deployment/compose/test_own_house.py"

#: What was wrong there, and the tests that fail when it is so here.
FAULTS: dict[int, tuple[str, tuple[str, ...]]] = {
    1: (
        "https was published and nobody spoke it; certificates were lost with the container",
        (
            "gateway/test_tls.py::test_both_ways_in_lead_to_the_same_services",
            "gateway/test_tls.py::test_a_domain_gets_its_certificate_by_acme",
            "gateway/test_tls.py::test_plain_http_is_told_the_way_and_nothing_else",
            "deployment/test_tls.py::test_a_certificate_is_made_once_and_keys_are_private",
            "deployment/test_tls.py::test_a_domain_is_proved_by_http_on_port_80_alone",
            f"{PARTS}::test_what_must_not_be_lost_lies_in_folders_of_the_home",
            f"{PARTS}::test_the_gateway_keeps_certificates_where_it_is_told",
        ),
    ),
    2: (
        "an authority elsewhere was trusted unasked, and a deployer started that could only fail",
        (
            f"{OWN}::test_it_trusts_nobody_but_itself",
            f"{OWN}::test_it_starts_no_part_nobody_asked_for",
        ),
    ),
    3: (
        "every build made new secrets",
        (
            f"{MADE}::test_building_twice_gives_the_same_bytes",
            f"{MADE}::test_init_writes_settings_secrets_and_files_once",
        ),
    ),
    4: (
        "passwords of the database were constants, one user could do all, the broker had none",
        (
            f"{OWN}::test_two_installations_share_no_secret",
            f"{OWN}::test_each_service_has_a_role_and_a_password_of_its_own",
            f"{PARTS}::test_each_role_reaches_its_own_database_only",
            f"{PARTS}::test_the_broker_knows_no_user_without_a_password",
        ),
    ),
    5: (
        "a user demo with the password demo was an admin; the admin's password was never shown",
        (
            "fakts/operations/test_admin.py::test_the_first_admin_is_made_once",
            "deployment/test_up_and_down.py::test_the_life_of_a_home",
            "compose/test_story.py::test_the_first_start_ends_with_all_parts_healthy",
        ),
    ),
    6: (
        "keys and passwords could be read by everybody",
        (
            f"{MADE}::test_nothing_of_an_installation_can_be_read_by_others",
            "deployment/test_doctor.py::test_what_others_may_read_is_found",
        ),
    ),
    7: (
        "nothing was asked how it is, and nothing came back",
        (
            f"{PARTS}::test_every_container_that_stays_is_asked_how_it_is",
            f"{PARTS}::test_who_needs_another_waits_until_it_is_healthy_or_done",
            f"{PARTS}::test_every_container_has_bounds_and_comes_back",
            "compose/test_kills.py::test_all_is_done_once_whatever_is_killed",
            "compose/test_kills.py::test_everything_comes_back_with_the_engine",
        ),
    ),
    8: (
        "images moved; an upgrade kept nothing, had no way back and migrated without a lock",
        (
            f"{OWN}::test_images_are_of_one_version_and_never_the_newest",
            "deployment/test_upgrade.py::test_a_broken_version_is_taken_back_by_itself",
            "chassis/test_manage.py::test_migrations_come_before_the_hooks_and_both_under_the_lock",
        ),
    ),
    9: (
        "there was no backup, and data lay in three places",
        (
            "deployment/backup/test_story.py::test_clients_stay_logged_in_over_loss_and_restore",
            "deployment/backup/test_there_and_back.py::test_everything_comes_back_on_another_home",
        ),
    ),
    10: (
        "repositories of the settings never reached the app store; buckets had no store",
        (
            f"{OWN}::test_repositories_of_the_settings_reach_the_app_store",
            f"{OWN}::test_who_has_buckets_knows_their_store",
        ),
    ),
    11: (
        "a service was switched on and not there",
        (f"{OWN}::test_every_service_that_is_known_is_there_from_end_to_end",),
    ),
    12: (
        "nothing had a bound: memory, logs, the disk",
        (
            f"{PARTS}::test_every_container_has_bounds_and_comes_back",
            "deployment/test_doctor.py::test_a_disk_that_fills_up_is_found",
            "deployment/test_stop_line.py::test_it_stops_before_the_end_and_goes_on_with_room",
        ),
    ),
    13: (
        "a token stood in a command line",
        (
            "compose/test_secrets.py::test_no_secret_can_be_seen_from_outside",
            f"{PARTS}::test_secrets_are_files_and_stand_nowhere_else",
            "deployment/test_postgres.py::test_the_command_line_holds_no_secret",
            "deployment/test_no_secret_outside.py::test_no_secret_of_the_home_is_seen_from_outside",
        ),
    ),
    14: (
        "apps in containers refused the gateway's plain http",
        ("deployers/docker/test_door.py::test_the_way_by_a_relay",),
    ),
    15: (
        "whoever came by a name of the network could not log in",
        ("fakts/http/test_pages.py::test_a_form_may_come_from_every_name_we_answer_to",),
    ),
    16: (
        "no labels of SELinux, root or no engine, addresses of the old kind, no proxy, no registry:"
        " no start",
        (
            f"{MADE}::test_containers_do_not_run_as_root",
            f"{PARTS}::test_the_gateway_is_on_loopback_unless_the_settings_say_otherwise",
            f"{PARTS}::test_folders_are_labelled_for_machines_that_ask_for_it",
            "deployment/test_addresses.py::test_origin",
            "deployment/test_proxy.py::test_a_platform_answers_over_the_new_kind_of_address_and_asks_itself_without_a_proxy",
            "compose/test_addresses.py::test_a_request_comes_in_over_the_new_kind_of_address",
            "deployment/test_containers.py"
            "::test_an_engine_without_root_is_refused_before_anything_is_written",
            "deployment/test_proxy.py::test_in_containers_those_who_go_out_are_told_and_inside_it_is_never_asked",
            "gateway/test_tls.py::test_the_authority_is_asked_by_way_of_the_proxy",
            "kabinet/adapters/test_tunnel.py::test_it_is_no_way_around_the_guard",
            "compose/test_bundle.py::test_what_an_engine_lost_it_has_again",
        ),
    ),
    17: (
        "it was not meant for several people at once, and its store was the part to fear",
        (
            "acceptance/test_faults.py::test_many_apps_with_many_calls",
            "acceptance/mikro/test_kills.py::test_a_kill_during_a_large_write_leaves_nothing_half",
            "deployment/test_standing.py::test_what_fails_is_told_with_the_way_out",
        ),
    ),
}


def functions(file: Path) -> set[str]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, kinds)}


def test_none_is_left_out() -> None:
    assert [*FAULTS] == [*range(1, 18)]


@pytest.mark.parametrize("number", FAULTS)
def test_each_is_held_down_by_tests_that_are_there(number: int) -> None:
    _, named = FAULTS[number]
    assert named
    for place in named:
        file, _, name = place.partition("::")
        assert (TESTS / file).exists(), f"fault {number}: there is no {file}"
        assert name in functions(TESTS / file), f"fault {number}: {file} has no {name}"
