"""Logging in for one command, against a server that answers as fakts does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from deployment.errors import CommandRefused, DeploymentError, NotRunning
from deployment.home import Home
from deployment.store import approving, session
from deployment.store.session import LoginRefused, session_at, session_by_key, session_elsewhere


class Platform:
    """Lets keys in that it knows, and answers documents by the first word they hold."""

    def __init__(self) -> None:
        self.url = ""
        self.keys = {"good"}
        self.logins: list[dict[str, Any]] = []
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        self.answers: dict[str, Any] = {}

    def login(self, form: dict[str, list[str]]) -> dict[str, Any]:
        self.logins.append(json.loads(form["manifest"][0]))
        if form["key"][0] not in self.keys:
            return {"error": "invalid_grant", "error_description": "This key is not known."}
        return {"access_token": f"t{len(self.logins)}"}

    def graphql(self, path: str, token: str, body: dict[str, Any]) -> Any:
        self.asked.append((path, token, body["variables"]))
        for word, answer in self.answers.items():
            if word in body["query"]:
                return answer
        return {"data": {}}


@pytest.fixture
def platform() -> Iterator[Platform]:
    known = Platform()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if self.path.endswith("/token/"):
                answer = known.login(parse_qs(text))
            else:
                token = str(self.headers["Authorization"])
                answer = known.graphql(self.path, token, json.loads(text))
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    known.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield known
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def home(tmp_path: Path, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home whose platform is the one above; keys made there are `made-1`, `made-2`, ..."""
    place = Home(tmp_path)
    place.secrets_dir.mkdir()
    monkeypatch.setattr(session, "running_url", lambda _: platform.url)
    made: list[dict[str, Any]] = []

    def run_operation(_: Home, op: str, **words: Any) -> dict[str, str]:
        assert op == "key.create"
        made.append(words)
        platform.keys.add(f"made-{len(made)}")
        return {"key": f"made-{len(made)}"}

    monkeypatch.setattr(session, "run_operation", run_operation)
    return place


def files(home: Home) -> list[Path]:
    return sorted(home.secrets_dir.iterdir())


def test_a_platform_of_this_machine_is_asked_without_a_proxy(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    # Nobody listens there.
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with session_by_key(platform.url, "good"):
        assert len(platform.logins) == 1


def test_a_key_is_made_once_and_kept_to_its_owner(home: Home, platform: Platform) -> None:
    for _ in range(2):
        with session_at(home, organization="lab", username="ada") as visit:
            visit.ask("kabinet", "{ apps }", x=1)
    (kept,) = files(home)
    assert kept.stat().st_mode & 0o777 == 0o600
    assert json.loads(kept.read_text())["key"] == "made-1"
    assert platform.asked[-1] == ("/kabinet/graphql", "Bearer t2", {"x": 1})
    assert platform.logins[0]["identifier"] == "live.bauhof.cli"


def test_each_person_and_organization_has_a_key(home: Home) -> None:
    for organization, username in (("lab", "ada"), ("lab", "bob"), ("other", "ada")):
        with session_at(home, organization=organization, username=username):
            pass
    assert len(files(home)) == 3


def test_a_withdrawn_key_is_replaced(home: Home, platform: Platform) -> None:
    with session_at(home, organization="lab", username="ada"):
        pass
    platform.keys.clear()
    with session_at(home, organization="lab", username="ada"):
        pass
    (kept,) = files(home)
    assert json.loads(kept.read_text())["key"] == "made-2"


def test_a_refusal_inside_of_a_command_makes_no_new_key(home: Home, platform: Platform) -> None:
    with session_at(home, organization="lab", username="ada"):
        pass
    with (
        pytest.raises(LoginRefused, match="not known"),
        session_at(home, organization="lab", username="ada") as visit,
    ):
        platform.keys.clear()
        visit.with_scopes(["openid"])
    assert json.loads(files(home)[0].read_text())["key"] == "made-1"


def test_more_scopes_are_asked_for_by_a_login_more(platform: Platform) -> None:
    with session_by_key(platform.url, "good") as visit:
        more = visit.with_scopes(["openid"])
    assert [one["scopes"] for one in platform.logins] == [[], ["openid"]]
    assert more.token != visit.token


def test_a_platform_elsewhere_is_entered_by_a_file(platform: Platform, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("good\n")
    with session_elsewhere(f"{platform.url}/", file) as visit:
        visit.ask("kabinet", "{ apps }")
    assert platform.asked[0][0] == "/kabinet/graphql"
    with (
        pytest.raises(DeploymentError, match="cannot read"),
        session_elsewhere("http://x", tmp_path / "none"),
    ):
        raise AssertionError("no key was needed")


def test_what_a_service_refuses_keeps_its_code_and_field(platform: Platform) -> None:
    problem = {"message": "No such app.", "extensions": {"code": "NOT_FOUND", "field": "id"}}
    platform.answers = {"apps": {"errors": [problem]}, "odd": b"<html>"}
    with session_by_key(platform.url, "good") as visit:
        with pytest.raises(CommandRefused, match="No such app") as refused:
            visit.ask("kabinet", "{ apps }")
        assert refused.value.as_dict()["code"] == "NOT_FOUND"
        assert refused.value.field == "id"
        with pytest.raises(DeploymentError, match="nothing readable"):
            visit.ask("kabinet", "{ odd }")


def test_a_platform_that_is_not_there() -> None:
    with (
        pytest.raises(NotRunning, match="cannot be asked"),
        session_by_key("http://127.0.0.1:9", "good"),
    ):
        raise AssertionError("nobody is there")


RELEASE = {
    "id": "1",
    "approvalDigest": "sha256:1",
    "mandateManifest": {"scopes": ["openid"]},
    "approvals": [{"id": "4", "revokedAt": None}, {"id": "5", "revokedAt": "2026-01-01"}],
}


def test_an_approval_hands_on_what_the_release_asks_for(platform: Platform) -> None:
    platform.answers = {
        "createMandate": {"data": {"createMandate": {"id": "7"}}},
        "approveRelease": {"data": {"approveRelease": {"id": "8", "agent": "a"}}},
    }
    with session_by_key(platform.url, "good") as visit:
        made = approving.approve(visit, RELEASE, "a", [])
    assert made == {"id": "8", "agent": "a"}
    assert platform.logins[-1]["scopes"] == ["openid"]
    given = platform.asked[-1][2]["input"]
    assert (given["mandate"], given["digest"], given["release"]) == ("7", "sha256:1", "1")


def test_a_refused_approval_leaves_no_mandate(platform: Platform) -> None:
    changed = {"message": "It changed.", "extensions": {"code": "RELEASE_CHANGED"}}
    platform.answers = {
        "createMandate": {"data": {"createMandate": {"id": "7"}}},
        "approveRelease": {"errors": [changed]},
    }
    with (
        session_by_key(platform.url, "good") as visit,
        pytest.raises(CommandRefused, match="It changed"),
    ):
        approving.approve(visit, RELEASE, "a", [])
    assert platform.asked[-1][::2] == ("/fakts/graphql", {"id": "7"})


def test_only_what_stands_is_revoked(platform: Platform) -> None:
    with session_by_key(platform.url, "good") as visit:
        assert approving.revoke(visit, RELEASE) == ["4"]
    assert [variables for _, _, variables in platform.asked] == [{"id": "4"}]


@pytest.mark.parametrize(
    ("word", "host", "writable"),
    [
        ("camera", None, False),
        ("data=/srv/data", "/srv/data", False),
        ("data=/srv/data:ro", "/srv/data", False),
        ("data=/srv/data:rw", "/srv/data", True),
    ],
)
def test_words_of_a_grant(word: str, host: str | None, writable: bool) -> None:
    (one,) = approving.consents_of([word], [])
    assert (one["host"], one["writable"], one["granted"]) == (host, writable, True)


def test_declined_and_nameless_grants() -> None:
    assert approving.consents_of([], ["camera"]) == [{"name": "camera", "granted": False}]
    with pytest.raises(DeploymentError, match="names no capability"):
        approving.consents_of(["=/srv"], [])
