"""Sessions: mandate keys, tokens renewed by several processes at once, logout."""

from __future__ import annotations

import json
from pathlib import Path

from lab import Lab
from processes import Program, eventually

APP = "org.example.bench"
LASTS = 12


def approved(lab: Lab, program: Program) -> None:
    """Approve the login a program waits for."""
    lab.approve(program.wait(what="code")["code"])


def cached_session(program: Program) -> Path:
    """The file in which the client keeps its session."""
    found: list[Path] = eventually(
        lambda: list(program.home.rglob("*_fakts_cache.json")), "a cached session"
    )
    return found[0]


def test_six_processes_renew_one_session(hurried_lab: Lab) -> None:
    login = hurried_lab.start("renewer", "race", APP=APP, LASTS="0")
    line = login.wait_text("/configure/")
    code = line.rstrip("/ ").rsplit("/", 1)[-1]
    hurried_lab.approve(code)
    assert login.wait(what="done")["failures"] == []

    racers = [hurried_lab.start("renewer", "race", APP=APP, LASTS=str(LASTS)) for _ in range(6)]
    told = [racer.wait(what="done", timeout=120) for racer in racers]

    assert [answer["failures"] for answer in told] == [[]] * 6
    assert all(answer["tokens"] >= 2 for answer in told), told
    assert all(answer["asked"] > LASTS for answer in told), told


def test_a_mandate_key_logs_in_until_it_is_revoked(lab: Lab) -> None:
    key = lab.new_key()
    first = lab.start("login", "mandated", key=key["key"], APP=APP)
    assert first.wait(what="granted")["statuses"]["rekuest"] == "granted"

    lab.platform.run("key", "revoke", str(key["id"]))

    again = lab.start("login", "mandated-again", key=key["key"], APP=APP)
    refused = again.wait(what="refused")
    assert refused["error"] == "NeedsReauthenticationError"
    assert key["key"] not in json.dumps(lab.platform.run("key", "list"))


def test_a_key_for_one_app_serves_no_other(lab: Lab) -> None:
    key = lab.key("--app", APP)

    other = lab.start("login", "other-app", key=key, APP="org.example.other")
    assert other.wait(what="refused")["message"]
    own = lab.start("login", "own-app", key=key, APP=APP)
    assert own.wait(what="granted")


def test_a_revoked_key_ends_a_session_within_a_token(hurried_lab: Lab) -> None:
    key = hurried_lab.new_key()
    program = hurried_lab.start(
        "renewer", "revoked", key=key["key"], APP="org.example.short", LASTS="9"
    )
    cached_session(program)

    hurried_lab.platform.run("key", "revoke", str(key["id"]))

    told = program.wait(what="done", timeout=120)
    assert any("NeedsReauthentication" in failure for failure in told["failures"]), told


def test_logout_ends_the_session_on_the_server(lab: Lab) -> None:
    app = "logout/app.py"
    folder = lab.folder / "logout"
    folder.mkdir()
    (folder / "app.py").write_text(
        "from arkitekt import App\napp = App('org.example.logout', '1.0.0')\n\n\n"
        "@app.action\ndef nothing() -> None:\n    pass\n"
    )
    login = lab.start(("arkitekt", "login", "--headless"), "logout")
    code = login.wait_text("code ").split()[-1]
    lab.approve(code)
    assert login.ended() == 0, app
    session = cached_session(login)
    auth = json.loads(session.read_text())["fakts"]["auth"]
    status = lab.start(("arkitekt", "status"), "logout")
    status.ended()
    assert "Logged in" in status.output

    lab.start(("arkitekt", "logout"), "logout").ended()

    assert not session.exists()
    answer = lab.platform.post_form(
        "/fakts/o/token/",
        grant_type="refresh_token",
        refresh_token=auth["refresh_token"],
        client_id=auth["client_id"],
    )
    assert answer.status_code in {400, 401}
    assert answer.json()["error"] in {"invalid_grant", "invalid_client"}
