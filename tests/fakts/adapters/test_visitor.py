"""The visitor as an agent, beside a broker that sends what the test wants, in that order."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fakts_server.adapters.visitor import Memory, VisitRefused, _Agent


class Broker:
    """The other end of a connection: frames to read, and frames that were sent."""

    def __init__(self, *frames: dict[str, Any]) -> None:
        self.frames = [json.dumps(frame) for frame in ({"type": "INIT", "agent": "7"}, *frames)]
        self.heard: list[dict[str, Any]] = []

    def recv(self, timeout: float) -> str:
        if not self.frames:
            raise TimeoutError
        return self.frames.pop(0)

    def send(self, text: str) -> None:
        self.heard.append(json.loads(text))


def assigned(task: int) -> dict[str, Any]:
    return {"type": "ASSIGN", "task": task}


def test_a_task_that_comes_while_an_earlier_one_is_carried_out_is_not_passed_over() -> None:
    """A visit that was cut off leaves a task; the next is given it, and its own right after."""
    broker = Broker(assigned(1), assigned(2), {"type": "JOURNAL_ACK", "pos": 4})
    agent = _Agent(broker, "a token", Memory())
    assert agent.receive("ASSIGN")["task"] == 1
    agent.complete("1")
    assert agent.receive("ASSIGN")["task"] == 2
    kinds = [frame["type"] for frame in broker.heard]
    assert kinds == ["REGISTER", "SESSION_INIT", "STARTED", "YIELD", "COMPLETED"]


def test_a_broker_that_refuses_or_says_nothing_is_told_of() -> None:
    agent = _Agent(Broker({"type": "PROTOCOL_ERROR", "error": "no"}), "a token", Memory())
    with pytest.raises(VisitRefused, match="refused a frame: no"):
        agent.receive("ASSIGN")
    with pytest.raises(VisitRefused, match="the broker sent no ASSIGN"):
        agent.receive("ASSIGN")
