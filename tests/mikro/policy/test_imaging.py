"""Roles against actions: the whole matrix."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from chassis.permissions import BUILTIN_ROLES, allows
from mikro_server.policy import imaging

READS = set(BUILTIN_ROLES)
WRITES = {"admin", "editor", "user", "bot"}


@pytest.mark.parametrize("role", [*BUILTIN_ROLES, "stranger"])
def test_the_matrix(role, mint):
    who = mint.member(sub="1", roles=[role]).principal
    own, other = SimpleNamespace(creator_id="1"), SimpleNamespace(creator_id="2")
    assert allows(who, "imaging.read") == (role in READS)
    assert allows(who, "imaging.write") == (role in WRITES)
    assert allows(who, "imaging.delete", own) == (role in WRITES)
    assert allows(who, "imaging.delete", other) == (role == "admin")
    assert allows(who, "storage.manage") == (role == "admin")
    assert set(imaging.WRITERS) == WRITES
