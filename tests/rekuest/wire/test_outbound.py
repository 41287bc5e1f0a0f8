"""Frames to agents: the shape the client reads."""

from __future__ import annotations

import json

from msgspec import Raw

from rekuest_server.domain.kinds import MIRRORED
from rekuest_server.wire import outbound
from rekuest_server.wire.close_codes import CloseCode


def test_assign_carries_raw_arguments_and_all_fields() -> None:
    frame = json.loads(
        outbound.encode(
            outbound.Assign(
                interface="i", task="1", args=Raw(b'{"a": 1.0}'), user="u", org="o",
                action="h", implementation="3",
            )
        )
    )  # fmt: skip
    assert frame["type"] == "ASSIGN"
    assert frame["args"] == {"a": 1.0}
    assert frame["probe"] is False
    assert frame["resume"] is None
    assert frame["state_requires"] == []


def test_every_frame_has_an_id_of_its_own() -> None:
    frames = [json.loads(outbound.encode(outbound.Heartbeat())) for _ in range(3)]
    assert len({frame["id"] for frame in frames}) == 3


def test_a_mirror_leaves_out_what_it_does_not_say() -> None:
    mirror = outbound.Mirror(type="COMPLETED_EVENT", task="1", event="7", seq=7)
    assert set(json.loads(outbound.encode(mirror))) == {"type", "task", "event", "seq", "id"}


def test_kinds_without_a_mirror_are_those_the_client_has_no_message_for() -> None:
    assert not {"EFFECT", "DECIDED", "LATE_REPORT", "UNASSIGN"} & MIRRORED


def test_no_close_code_ends_a_healthy_client() -> None:
    assert {3002, 3003, 1000, 1001}.isdisjoint(set(CloseCode))
