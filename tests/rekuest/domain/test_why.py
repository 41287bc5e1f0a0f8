"""Why a task is where it is: each fact turned alone gives its sentence and its way out."""

from __future__ import annotations

import inspect
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from graphql import build_schema, parse, validate
from hypothesis import given
from hypothesis import strategies as st

from rekuest_server.domain import why
from rekuest_server.domain.kinds import TERMINAL, EventKind
from rekuest_server.domain.why import Blocker, Facts, explain, summary

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/howto/read-a-stuck-task.md").read_text()
#: Words of the module in capitals that are no codes of blockers.
NO_CODES = {"NONE", "REPEATABLE", "UNKNOWN", "IRREVERSIBLE", "STATE_PRECONDITION"}
NO_CODES |= {"VALUE_TOO_LARGE"}
K = EventKind
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def facts(**changes: Any) -> Facts:
    values: dict[str, Any] = {
        "kind": K.QUEUED,
        "picked_up": False,
        "now": NOW,
        "since": NOW,
        "agent": 7,
        "agent_name": "Scope",
        "heard_at": NOW,
    }
    return Facts(**(values | changes))


def running(**changes: Any) -> Facts:
    return facts(**({"kind": K.STARTED, "picked_up": True} | changes))


def codes(given: Facts) -> list[str]:
    return [blocker.code for blocker in explain(given)]


def only(given: Facts) -> Blocker:
    (blocker,) = explain(given)
    return blocker


def test_a_task_on_its_way_has_no_blocker() -> None:
    assert explain(facts()) == []
    assert summary(facts(), []) == "It is about to be picked up by Scope."


def test_a_running_task_has_no_blocker() -> None:
    assert explain(running()) == []
    assert summary(running(progress=40), []) == "It runs on Scope (40 %)."
    assert summary(running(), []) == "It runs on Scope."


def test_a_task_that_ended_well_has_no_blocker() -> None:
    done = running(kind=K.COMPLETED, agent_connected=False)
    assert explain(done) == []
    assert summary(done, []) == "It ended well."


@pytest.mark.parametrize(
    ("changes", "code", "way_out"),
    [
        ({"kind": K.HELD, "prompt": "Move?", "user": "ada"}, "NEEDS_DECISION", "ada approves"),
        ({"kind": K.HELD}, "NEEDS_DECISION", "The person it runs for"),
        ({"not_before": NOW + timedelta(hours=1)}, "HELD_BACK", "cancel it and assign it without"),
        ({"is_retired": True}, "NOT_OFFERED", "Start the version"),
        ({"is_retired": True, "others": 2}, "NOT_OFFERED", "2 other agent(s)"),
        ({"agent_blocked": True}, "AGENT_BLOCKED", "unblock"),
        ({"agent_blocked": True, "others": 1}, "AGENT_BLOCKED", "1 other agent(s)"),
        ({"agent_connected": False}, "AGENT_AWAY", "Start the app"),
        ({"agent_connected": False, "others": 1}, "AGENT_AWAY", "assign by action"),
        ({"agent_draining": True}, "AGENT_DRAINING", "end the draining"),
        ({"locks": (("stage", 9),)}, "LOCKED", "Wait for that task"),
        ({"locks": (("stage", None),)}, "LOCKED", "Wait."),
        ({"unmet_states": ("x is 3.",)}, "STATE_NOT_MET", "Bring the state there"),
        ({"ahead": 3}, "TASKS_AHEAD", "second agent"),
        ({"ahead": 3, "others": 1}, "TASKS_AHEAD", "assign by action"),
        ({"since": NOW - timedelta(minutes=1)}, "NOT_PICKED_UP", "nothing is lost"),
        ({"kind": K.CANCELLING}, "CANCEL_UNCONFIRMED", "Interrupt it."),
        ({"kind": K.INTERRUPTING}, "INTERRUPT_UNCONFIRMED", "Kick the agent."),
    ],
)
def test_what_keeps_a_task_waiting(changes: dict[str, Any], code: str, way_out: str) -> None:
    blocker = only(facts(**changes))
    assert blocker.code == code
    assert way_out in blocker.way_out
    assert summary(facts(**changes), [blocker]) == blocker.message


@pytest.mark.parametrize(
    ("changes", "code", "way_out"),
    [
        ({"kind": K.HELD, "prompt": "Sure?"}, "NEEDS_DECISION", "approves or denies"),
        ({"agent_connected": False}, "AGENT_AWAY", "same machine"),
        ({"kind": K.PAUSED}, "PAUSED", "Resume it."),
        ({"kind": K.PAUSING}, "PAUSE_UNCONFIRMED", "Cancel it."),
        ({"kind": K.RESUMING}, "RESUME_UNCONFIRMED", "Bounce the agent."),
        ({"children": ((12, K.HELD),)}, "WAITS_FOR_CHILD", "task 12"),
        ({"locks": (("stage", 9),)}, "LOCKED", "cancel it"),
        ({"heard_at": NOW - timedelta(minutes=20)}, "SILENT", "interrupt it"),
    ],
)
def test_what_keeps_a_task_running(changes: dict[str, Any], code: str, way_out: str) -> None:
    blocker = only(running(**changes))
    assert blocker.code == code
    assert way_out in blocker.way_out


@pytest.mark.parametrize(
    ("changes", "words", "way_out"),
    [
        ({"kind": K.LOST, "effects": "NONE", "progress": 30}, "30 %", "running it again is safe"),
        ({"kind": K.LOST, "effects": "REPEATABLE"}, "agent is gone", "may be repeated"),
        ({"kind": K.LOST, "effects": "UNKNOWN"}, "agent is gone", "ask its author"),
        ({"kind": K.LOST, "effects": "IRREVERSIBLE"}, "agent is gone", "cannot be undone"),
        ({"kind": K.LOST, "effects": "?"}, "agent is gone", "ask its author"),
        ({"kind": K.FAILED, "message": "b is no number"}, "b is no number", "Mend the arguments"),
        ({"kind": K.FAILED, "value": {"code": "STATE_PRECONDITION"}}, "failed", "agent's state"),
        ({"kind": K.FAILED, "value": {"code": "VALUE_TOO_LARGE"}}, "failed", "object storage"),
        ({"kind": K.CRITICAL, "message": "boom"}, "boom", "logs"),
        ({"kind": K.DENIED, "message": "not now"}, "not now", "Talk to that person"),
        ({"kind": K.DENIED}, "A person denied it.", "Talk to that person"),
        ({"kind": K.CANCELLED}, "cancelled", "still wanted"),
        ({"kind": K.INTERRUPTED, "message": "over its limit"}, "over its limit", "still wanted"),
    ],
)
def test_why_a_task_ended(changes: dict[str, Any], words: str, way_out: str) -> None:
    blocker = only(running(**changes))
    assert blocker.code == changes["kind"]
    assert words in blocker.message
    assert way_out in blocker.way_out


def test_blockers_come_in_the_order_in_which_to_remove_them() -> None:
    given = facts(
        not_before=NOW + timedelta(minutes=1),
        agent_connected=False,
        agent_draining=True,
        ahead=2,
        locks=(("stage", 3),),
    )
    assert codes(given) == ["HELD_BACK", "AGENT_AWAY", "AGENT_DRAINING", "LOCKED"]
    assert codes(facts(ahead=2, locks=(("stage", 3),))) == ["LOCKED", "TASKS_AHEAD"]


def test_an_agent_that_is_away_is_waited_for_until_a_moment() -> None:
    blocker = only(running(agent_connected=False, lost_at=NOW + timedelta(seconds=60)))
    assert "until 2026-01-01 12:01:00" in blocker.message


kinds = st.sampled_from(sorted(K))
truths = st.booleans()


@given(kinds, truths, truths, truths, truths, truths, st.integers(0, 3), st.integers(0, 3))
def test_every_answer_is_whole(
    kind: EventKind,
    picked_up: bool,
    connected: bool,
    blocked: bool,
    draining: bool,
    retired: bool,
    others: int,
    ahead: int,
) -> None:
    given = facts(
        kind=kind,
        picked_up=picked_up,
        agent_connected=connected,
        agent_blocked=blocked,
        agent_draining=draining,
        is_retired=retired,
        others=others,
        ahead=ahead,
    )
    blockers = explain(given)
    for blocker in blockers:
        assert blocker.code.isupper()
        assert blocker.message.endswith(".")
        assert blocker.way_out.endswith(".")
    assert summary(given, blockers)
    assert len({(item.code, item.task) for item in blockers}) == len(blockers)
    if kind in TERMINAL - {K.COMPLETED}:
        assert len(blockers) == 1
    elif not picked_up and not connected and kind not in (K.HELD, K.COMPLETED):
        assert blockers


def test_the_page_explains_every_code_and_no_other() -> None:
    codes = set(re.findall(r'"([A-Z]{3,}(?:_[A-Z]+)*)"', inspect.getsource(why))) - NO_CODES
    table = PAGE.partition("## Codes")[2].partition("## ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    told = set(re.findall(r"`([A-Z_]+)`", " ".join(rows)))
    # A task that was ended is explained by the kind of its end.
    assert told == codes | {"CANCELLED", "INTERRUPTED"}


def test_the_queries_of_the_page_can_be_asked() -> None:
    schema = build_schema((ROOT / "rekuest/schema.graphql").read_text(), assume_valid=True)
    queries = re.findall(r"^    query.*?^    }$", PAGE, flags=re.MULTILINE | re.DOTALL)
    assert len(queries) == 2
    for query in queries:
        assert validate(schema, parse(query)) == []
