"""Finding releases, pods and backends by what a person types."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from deployment.commands import store
from deployment.errors import DeploymentError
from deployment.store import running, shelf

CLIENT = {"id": "1", "name": "lab", "clientId": "c", "isOnline": True}


class Answers:
    """A session that answers documents from what it was given."""

    def __init__(self, **rows: Any) -> None:
        self.rows = rows
        self.sent: list[dict[str, Any]] = []

    def ask(self, service: str, document: str, **variables: Any) -> Any:
        self.sent.append(variables)
        if "offset" in variables:
            start = variables["offset"]
            ((name, rows),) = self.rows.items()
            return {name: rows[start : start + variables["page"]]}
        return self.rows


def release(version: str, **approval: Any) -> dict[str, Any]:
    known = {"isActive": False, "isStale": False, "revokedAt": None} | approval
    return {
        "id": f"r{version}",
        "version": version,
        "description": None,
        "app": {"identifier": "org.cells"},
        "approvals": [known] if approval else [],
    }


def pod(number: int, version: str = "1.0", app: str = "org.cells", **more: Any) -> dict[str, Any]:
    deployment = {
        "availableUpdate": None,
        "previous": None,
        "release": {"id": "r", "version": version, "app": {"identifier": app}},
    }
    row = {"id": str(number), "status": "RUNNING", "backend": CLIENT, "deployment": deployment}
    return {**row, **more}


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("org.cells", ("org.cells", None)),
        ("org.cells:1.0", ("org.cells", "1.0")),
        ("a:", ("a", None)),
    ],
)
def test_app_and_version(word: str, parts: tuple[str, str | None]) -> None:
    assert shelf.split(word) == parts


def test_the_newest_release_or_the_one_that_is_named() -> None:
    session = Answers(releases=[release("2.0"), release("1.0")])
    assert shelf.release(session, "org.cells")["version"] == "2.0"
    assert shelf.release(session, "org.cells:1.0")["version"] == "1.0"
    with pytest.raises(DeploymentError, match=r"has no release 3\.0") as missing:
        shelf.release(session, "org.cells:3.0")
    assert missing.value.hint == "There are: 2.0, 1.0."
    with pytest.raises(DeploymentError, match="not in the store"):
        shelf.release(Answers(releases=[]), "org.cells")


@pytest.mark.parametrize(
    ("approval", "word"),
    [
        ({}, "none"),
        ({"isActive": True}, "approved"),
        ({"isStale": True}, "stale"),
        ({"isStale": True, "revokedAt": "2026-01-01"}, "none"),
    ],
)
def test_the_word_for_an_approval(approval: dict[str, Any], word: str) -> None:
    assert shelf.approval_word(release("1.0", **approval)) == word


def test_pods_come_in_pages() -> None:
    many = [pod(number) for number in range(120)]
    session = Answers(pods=many)
    assert shelf.pods(session) == many
    assert [one["offset"] for one in session.sent] == [0, 50, 100]


def test_one_pod_by_app_version_or_id() -> None:
    session = Answers(pods=[pod(1), pod(2, "2.0"), pod(3, app="org.other")])
    assert shelf.pod(session, "org.other")["id"] == "3"
    assert shelf.pod(session, "org.cells:2.0")["id"] == "2"
    assert shelf.pod(session, "1")["id"] == "1"
    with pytest.raises(DeploymentError, match="more than once") as several:
        shelf.pod(session, "org.cells")
    assert several.value.hint == "Name one by its id: 1, 2."
    with pytest.raises(DeploymentError, match="is installed"):
        shelf.pod(session, "org.nothing")


def test_kept_output_by_app_and_version_oldest_first() -> None:
    def deployment(version: str, app: str, *dumps: int) -> dict[str, Any]:
        kept = [{"id": str(number), "logs": f"log {number}"} for number in dumps]
        return {"release": {"version": version, "app": {"identifier": app}}, "logDumps": kept}

    rows = [
        deployment("2.0", "org.cells", 10, 9),
        deployment("1.0", "org.cells", 2),
        deployment("1.0", "org.cells.more", 1),
    ]
    of_app = shelf.kept_logs(Answers(deployments=rows), "org.cells")
    assert [(dump["version"], dump["logs"]) for dump in of_app] == [
        ("1.0", "log 2"),
        ("2.0", "log 9"),
        ("2.0", "log 10"),
    ]
    of_version = shelf.kept_logs(Answers(deployments=rows), "org.cells:2.0")
    assert [dump["logs"] for dump in of_version] == ["log 9", "log 10"]


def test_the_backend_that_is_there() -> None:
    away = {**CLIENT, "id": "2", "name": "cave", "isOnline": False}
    other = {**CLIENT, "id": "3", "name": "tower"}
    assert shelf.backend(Answers(backends=[CLIENT, away]), None)["name"] == "lab"
    assert shelf.backend(Answers(backends=[CLIENT, other]), "tower")["id"] == "3"
    for rows, name, reason in (
        ([CLIENT, other], None, "more than one"),
        ([away], "cave", "is away"),
        ([CLIENT], "nowhere", "no backend nowhere"),
        ([], None, "no backend"),
    ):
        with pytest.raises(DeploymentError, match=reason):
            shelf.backend(Answers(backends=rows), name)
    with pytest.raises(DeploymentError) as wrong:
        shelf.backend(Answers(backends=[CLIENT, away]), "nowhere")
    assert "lab, cave" in (wrong.value.hint or "")


def test_sources_by_their_words() -> None:
    found = {"id": "1", "name": "n", "problems": [], "lastError": None}
    found["flavours"] = [{"release": {"id": "1"}}] * 2
    session = Answers(createGithubRepo=found, importRepo=found)
    assert shelf.take_in(session, "github:org/cells:dev")["releases"] == 1
    assert session.sent[-1] | {"name": ""} == {
        "user": "org",
        "repo": "cells",
        "branch": "dev",
        "name": "",
    }
    shelf.take_in(session, "oci:host/cells#stable")
    assert session.sent[-1] == {"reference": "host/cells#stable"}
    with pytest.raises(DeploymentError, match="names no repository"):
        shelf.take_in(session, "github:org")
    found["lastError"] = "There is no such repository."
    with pytest.raises(DeploymentError, match=r"n cannot be read: There is no such") as unread:
        shelf.take_in(session, "github:org/nowhere")
    assert "tries it at once" in (unread.value.hint or "")


@pytest.mark.parametrize(
    ("returned", "pod_id"),
    [({"return0": "4"}, "4"), ({"return0": {"object": "4"}}, "4"), (None, "None")],
)
def test_the_pod_an_action_returned(returned: Any, pod_id: str) -> None:
    assert shelf.pod_of(returned) == pod_id


def told(task: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"task": task, "kind": kind, "message": None, "returns": None, **more}


class Tasks:
    """A session whose one task has ended as its events say."""

    def __init__(self, *events: dict[str, Any]) -> None:
        self.events = list(events)

    def ask(self, service: str, document: str, **variables: Any) -> Any:
        return {"task": {"isDone": bool(self.events), "events": self.events}}


def outcome(session: Tasks, *heard: dict[str, Any] | None) -> tuple[Any, list[str]]:
    kinds: list[str] = []
    result = running._outcome(session, "1", iter(heard), lambda event: kinds.append(event["kind"]))
    return result, kinds


def test_what_was_returned_comes_before_the_end_and_others_are_not_ours() -> None:
    result, kinds = outcome(
        Tasks(),
        told("2", "FAILED"),
        told("1", "PROGRESS"),
        told("1", "YIELD", returns={"return0": "4"}),
        told("1", "COMPLETED"),
    )
    assert result == {"return0": "4"}
    assert kinds == ["PROGRESS", "YIELD", "COMPLETED"]


@pytest.mark.parametrize("kind", ["FAILED", "CRITICAL", "CANCELLED", "LOST", "DENIED"])
def test_a_bad_end_is_an_error_with_its_words(kind: str) -> None:
    with pytest.raises(DeploymentError, match="no card is free"):
        outcome(Tasks(), told("1", kind, message="no card is free"))
    with pytest.raises(DeploymentError, match=f"it ended: {kind}"):
        outcome(Tasks(), told("1", kind))


def test_an_end_that_was_not_heard_is_looked_up() -> None:
    ended = Tasks(told("1", "YIELD", returns={"return0": "4"}), told("1", "COMPLETED"))
    assert outcome(ended, None)[0] == {"return0": "4"}
    assert outcome(Tasks(), None, told("1", "COMPLETED"))[0] is None


def test_a_stream_that_stops_is_an_error() -> None:
    with pytest.raises(DeploymentError, match="went away"):
        outcome(Tasks(), told("1", "PROGRESS"))


@pytest.mark.parametrize("is_terminal", [False, True])
def test_only_a_terminal_is_shown_a_bar(is_terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    page = io.StringIO()
    monkeypatch.setattr(store, "err", Console(file=page, force_terminal=is_terminal, width=80))
    with store._bar() as heard:
        heard({"kind": "PROGRESS", "progress": 40, "message": "fetching the image"})
    assert ("fetching the image" in page.getvalue()) is is_terminal
    assert bool(page.getvalue()) is is_terminal
