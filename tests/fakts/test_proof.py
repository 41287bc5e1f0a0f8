"""The rows of the handshake's proof and the pitfalls of earlier servers, each with its tests."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
#: Every row there is: a new one is written down here first, and then has to be held.
ROWS = [
    "A1",
    "A2",
    "A3",
    "A4",
    "B1",
    "B2",
    "B3",
    "B4",
    "B5",
    "B6",
    "B7",
    "B8",
    "B9",
    "B10",
    "C1",
    "C2",
    "C3",
    "C4",
    "C5",
    "C6",
    "D1",
    "D2",
    "E1",
    "E2",
    "E3",
    "E4",
    "E5",
    "E6",
    "E7",
    "E8",
    "E9",
    "arun",
    "connect",
    "cli",
    "verifier",
    "v1",
    "tls",
    "mesh",
    "race",
    "removed",
    "side-by-side",
]

HANDSHAKE = "acceptance/test_handshake.py"
BROWSER = "acceptance/test_login_by_browser.py"
COMMAND = "acceptance/test_login_by_command.py"
SESSIONS = "acceptance/test_sessions.py"
CODE = "fakts/http/test_device_code.py"
REFRESH = "fakts/http/test_refresh.py"
KEY = "fakts/http/test_mandate_key.py"
PITS = "fakts/http/test_pitfalls.py"
POLLS_END = "test_polls_end_with"
POLLS_GO_ON = "test_polls_go_on_after"
START_ENDS = "test_a_start_ends_with"
REFUSED = "test_a_document_is_refused_that_has"
FOUND = "test_a_server_is_found_at"
#: Row -> what it says, and the tests that hold it: file, function, and the case if it has several.
HELD: dict[str, tuple[str, list[tuple[str, ...]]]] = {
    "A1": (
        "login: optional declined, unavailable, dead address first, signed challenge, report",
        [
            (BROWSER, "test_a_person_declines_what_is_optional"),
            (COMMAND, "test_an_optional_requirement_is_declined"),
            (HANDSHAKE, "test_what_nobody_has_is_unavailable_and_the_rest_is_signed"),
            (HANDSHAKE, "test_a_dead_address_is_passed_over_and_reported"),
            ("fakts/http/test_endpoints.py", "test_a_report_is_kept"),
        ],
    ),
    "A2": (
        "a second start from the cache asks nobody",
        [(SESSIONS, "test_six_processes_renew_one_session")],
    ),
    "A3": (
        "a refresh rotates, a stale token is answered",
        [
            (REFRESH, "test_each_use_rotates"),
            (REFRESH, "test_a_used_token_works_within_the_grace_and_not_after"),
        ],
    ),
    "A4": (
        "a revoked chain",
        [(HANDSHAKE, "test_a_revoked_chain_asks_for_a_new_login_and_the_token_lasts")],
    ),
    "B1": (
        "denied",
        [
            (COMMAND, "test_a_login_is_denied"),
            (BROWSER, "test_a_person_denies"),
            (HANDSHAKE, POLLS_END, "denied"),
        ],
    ),
    "B2": (
        "slow_down",
        [
            (CODE, "test_too_early_polls_are_slowed_down"),
            (HANDSHAKE, POLLS_GO_ON, "slow_down"),
        ],
    ),
    "B3": (
        "expired_token",
        [
            (CODE, "test_an_expired_code_hears_so"),
            (HANDSHAKE, POLLS_END, "expired_token"),
        ],
    ),
    "B4": (
        "invalid_grant",
        [
            (CODE, "test_unknown_codes_and_foreign_clients_are_refused"),
            (HANDSHAKE, POLLS_END, "invalid_grant"),
        ],
    ),
    "B5": ("503", [(HANDSHAKE, POLLS_GO_ON, "503")]),
    "B6": ("307", [(HANDSHAKE, POLLS_END, "307")]),
    "B7": ("200 with an error", [(HANDSHAKE, START_ENDS, "200 with an error")]),
    "B8": ("429", [(HANDSHAKE, START_ENDS, "429")]),
    "B9": ("no answer", [(HANDSHAKE, POLLS_GO_ON, "no answer")]),
    "B10": ("nobody decides in time", [(COMMAND, "test_a_code_runs_out")]),
    "C1": (
        "mandate key and its renewal",
        [
            (SESSIONS, "test_a_mandate_key_logs_in_until_it_is_revoked"),
            (KEY, "test_renewal_is_the_same_client"),
        ],
    ),
    "C2": (
        "a key that was withdrawn",
        [
            (SESSIONS, "test_a_revoked_key_ends_a_session_within_a_token"),
            (KEY, "test_a_withdrawn_key_is_refused_and_its_clients_are_gone"),
        ],
    ),
    "C3": (
        "an unknown key",
        [(HANDSHAKE, "test_an_unknown_key_is_refused"), (KEY, "test_unknown_keys_are_refused")],
    ),
    "C4": (
        "static credential",
        [
            (HANDSHAKE, "test_a_static_credential_logs_in_once"),
            (REFRESH, "test_a_static_credential_may_leave_the_client_id_out"),
        ],
    ),
    "C5": ("logout", [(SESSIONS, "test_logout_ends_the_session_on_the_server")]),
    "C6": ("tokens of four seconds", [(SESSIONS, "test_six_processes_renew_one_session")]),
    "D1": ("wrong signature", [(HANDSHAKE, "test_a_wrong_signature_is_no_address")]),
    "D2": (
        "narrowed scope",
        [
            (HANDSHAKE, "test_a_narrower_scope_than_asked_is_taken"),
            (KEY, "test_scopes_never_exceed_the_pin"),
        ],
    ),
    "E1": ("no version", [(HANDSHAKE, REFUSED, "no version")]),
    "E2": ("version 1", [(HANDSHAKE, REFUSED, "version 1")]),
    "E3": ("version as a number", [(HANDSHAKE, REFUSED, "version as a number")]),
    "E4": (
        "another origin",
        [
            (HANDSHAKE, REFUSED, "another origin"),
            (
                "fakts/http/test_discovery.py",
                "test_the_callers_origin_is_echoed_if_it_is_ours",
            ),
        ],
    ),
    "E5": ("address without a scheme", [(HANDSHAKE, FOUND, "no scheme")]),
    "E6": ("no name", [(HANDSHAKE, REFUSED, "no name")]),
    "E7": ("no base_url", [(HANDSHAKE, "test_without_a_base_url_nothing_is_reported")]),
    "E8": (
        "the document at the root",
        [(HANDSHAKE, FOUND, "the root"), (HANDSHAKE, FOUND, "the prefix")],
    ),
    "E9": ("404", [(HANDSHAKE, REFUSED, "404")]),
    "arun": (
        "the run of an app with an action",
        [("acceptance/test_hello.py", "test_the_arkitekt_command_runs_the_example")],
    ),
    "connect": (
        "connected clients, fakts asked over its own address",
        [
            ("acceptance/test_registry.py", "test_every_document_of_the_client_resolves"),
            (SESSIONS, "test_six_processes_renew_one_session"),
        ],
    ),
    "cli": (
        "arkitekt login, status and logout",
        [(SESSIONS, "test_logout_ends_the_session_on_the_server")],
    ),
    "verifier": (
        "services refuse what is not for them, our own check in place of the one of others",
        [
            ("chassis/test_identity.py", "test_right_token_gives_the_principal"),
            ("chassis/test_identity.py", "test_wrong_claims_are_refused"),
            ("chassis/test_identity.py", "test_token_without_key_id_is_refused"),
            ("chassis/test_identity.py", "test_weak_algorithm_is_refused"),
        ],
    ),
    "tls": (
        "authorities of one's own",
        [
            (HANDSHAKE, "test_fakts_behind_an_unknown_authority_is_refused"),
            (HANDSHAKE, "test_a_service_behind_one_is_reached_if_its_certificate_is", "told"),
            (HANDSHAKE, "test_a_service_behind_one_is_reached_if_its_certificate_is", "not told"),
        ],
    ),
    "race": (
        "six processes on one cache",
        [(SESSIONS, "test_six_processes_renew_one_session")],
    ),
    "removed": (
        "refused everywhere within a minute once removed",
        [
            (
                "acceptance/test_let_go.py",
                "test_a_removed_app_is_refused_everywhere_within_a_minute",
            )
        ],
    ),
    "side-by-side": (
        "two organizations",
        [
            (COMMAND, "test_a_stranger_cannot_approve_for_an_organization"),
            ("acceptance/test_actions.py", "test_another_organization_sees_nothing_of_it"),
        ],
    ),
}
#: Row -> why no test holds it.
OPEN: dict[str, str] = {
    "v1": "the first generation of the protocol is not served",
    "mesh": "no mesh is offered",
}

#: Pitfall of earlier servers (protocol page 7) -> what it is, and the tests that fail on it.
PITFALLS: dict[str, tuple[str, list[tuple[str, ...]]]] = {
    "1": (
        "one code for people and machines, guessed at will",
        [(CODE, "test_the_user_code_does_not_poll"), (CODE, "test_guessed_codes_are_throttled")],
    ),
    "2": (
        "logos fetched for strangers",
        [("fakts/http/test_app_authorization.py", "test_a_logo_is_never_fetched")],
    ),
    "3": ("hubs that can be guessed", [(PITS, "test_hubs_cannot_be_guessed")]),
    "4": (
        "deciding without the code or the membership",
        [
            ("fakts/operations/test_device_decision.py", "test_guessing_codes_is_stopped"),
            (
                "fakts/selectors/test_instance.py",
                "test_hubs_are_found_in_their_organization_only",
            ),
        ],
    ),
    "5": (
        "rows of others by their id",
        [("fakts/graphql/test_tenancy.py", "test_another_organization_learns_nothing")],
    ),
    "6": ("one audience for all", [(KEY, "test_the_token_verifies_by_the_published_keys")]),
    "7": (
        "secrets in the clear, clients that are not checked",
        [
            (PITS, "test_no_secret_is_kept_in_the_clear"),
            ("fakts/http/test_authorize_codes.py", "test_a_web_app_with_a_secret_has_to_know_it"),
        ],
    ),
    "8": ("secrets in the log", [(PITS, "test_no_secret_reaches_the_log")]),
    "9": (
        "reports and tokens for anyone",
        [
            ("fakts/http/test_endpoints.py", "test_a_report_needs_a_token_of_the_client"),
            (
                "fakts/http/test_endpoints.py",
                "test_an_alias_that_is_not_the_clients_is_not_believed",
            ),
            (PITS, "test_nothing_else_is_served"),
        ],
    ),
    "10": (
        "denied users let in",
        [
            (
                "fakts/selectors/test_instance.py",
                "test_every_combination_of_lists_opens_or_closes",
            )
        ],
    ),
    "11": ("a host header that decides", [(PITS, "test_a_foreign_host_steers_no_address")]),
    "12": (
        "throttles by an address that can be made up",
        [("fakts/http/test_app_authorization.py", "test_starts_are_throttled_per_address")],
    ),
    "13": (
        "signatures that serve for something else",
        [
            (
                "chassis/test_challenge.py",
                "test_a_signature_is_good_for_one_nonce_and_one_purpose",
            )
        ],
    ),
}


def test_every_pitfall_has_its_test() -> None:
    assert [*PITFALLS] == [str(number) for number in range(1, 14)]
    assert all(what and tests for what, tests in PITFALLS.values())


def test_every_row_is_held_or_open_for_a_reason() -> None:
    assert len(ROWS) == len(set(ROWS))
    assert sorted([*HELD, *OPEN]) == sorted(ROWS)
    assert all(OPEN.values())
    assert all(what and tests for what, tests in HELD.values())


@cache
def functions(file: str) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse((TESTS / file).read_text())
    return {
        node.name: node
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


@pytest.mark.parametrize(
    ("row", "tests"),
    [(row, tests) for table in (HELD, PITFALLS) for row, (_, tests) in table.items()],
)
def test_the_tests_of_a_row_exist(row: str, tests: list[tuple[str, ...]]) -> None:
    for file, name, *cases in tests:
        assert name.startswith("test_")
        assert name in functions(file), f"{row}: {file} has no {name}"
        decorated = functions(file)[name].decorator_list
        words = {
            node.value
            for decorator in decorated
            for node in ast.walk(decorator)
            if isinstance(node, ast.Constant)
        }
        # What is skipped or expected to fail holds nothing.
        marks = {node.attr for one in decorated for node in ast.walk(one) if hasattr(node, "attr")}
        assert not marks & {"skip", "skipif", "xfail"}, f"{row}: {name} is not run"
        assert set(cases) <= words, f"{row}: {name} has no case {cases}"
