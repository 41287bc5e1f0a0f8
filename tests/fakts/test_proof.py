"""The rows of the handshake's proof, and for each the tests that hold it or why none does."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
BROWSER = "acceptance/test_login_by_browser.py"
COMMAND = "acceptance/test_login_by_command.py"
SESSIONS = "acceptance/test_sessions.py"
CODE = "fakts/http/test_device_code.py"
REFRESH = "fakts/http/test_refresh.py"
KEY = "fakts/http/test_mandate_key.py"
#: Row -> the tests that hold it, as file and function.
HELD: dict[str, list[tuple[str, str]]] = {
    "login, what is optional declined": [
        (BROWSER, "test_a_person_declines_what_is_optional"),
        (COMMAND, "test_an_optional_requirement_is_declined"),
    ],
    "report": [("fakts/http/test_endpoints.py", "test_a_report_is_kept")],
    "renewal rotates, a stale token is answered": [
        (REFRESH, "test_each_use_rotates"),
        (REFRESH, "test_a_used_token_works_within_the_grace_and_not_after"),
    ],
    "denied": [(COMMAND, "test_a_login_is_denied"), (BROWSER, "test_a_person_denies")],
    "slow_down": [(CODE, "test_too_early_polls_are_slowed_down")],
    "expired_token": [(COMMAND, "test_a_code_runs_out")],
    "invalid_grant": [(CODE, "test_unknown_codes_and_foreign_clients_are_refused")],
    "mandate key, renewal, revoked": [
        (SESSIONS, "test_a_mandate_key_logs_in_until_it_is_revoked"),
        (KEY, "test_renewal_is_the_same_client"),
    ],
    "unknown key": [(KEY, "test_unknown_keys_are_refused")],
    "static credential": [(REFRESH, "test_a_static_credential_may_leave_the_client_id_out")],
    "logout": [(SESSIONS, "test_logout_ends_the_session_on_the_server")],
    "narrowed scope": [(KEY, "test_scopes_never_exceed_the_pin")],
    "origin of the caller": [
        ("fakts/http/test_discovery.py", "test_the_callers_origin_is_echoed_if_it_is_ours")
    ],
    "run of an app": [("acceptance/test_hello.py", "test_the_arkitekt_command_runs_the_example")],
    "processes racing on one cache": [(SESSIONS, "test_six_processes_renew_one_session")],
    "refused everywhere once removed": [
        (
            "acceptance/test_account_pages.py",
            "test_a_removed_app_is_refused_everywhere_within_a_minute",
        )
    ],
}
#: Row -> why no test holds it.
OPEN: dict[str, str] = {
    "first generation of the protocol": "not served",
    "private authorities": "no proxy with an authority of its own runs in the tests yet",
    "mesh": "no mesh is offered",
}


@pytest.mark.parametrize("row", HELD)
def test_the_tests_of_a_row_exist(row: str) -> None:
    assert HELD[row]
    for file, name in HELD[row]:
        tree = ast.parse((TESTS / file).read_text())
        names = {
            node.name
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        assert name in names, f"{row}: {file} has no {name}"


def test_no_row_is_both_held_and_open() -> None:
    assert not HELD.keys() & OPEN.keys()
    assert all(OPEN.values())
