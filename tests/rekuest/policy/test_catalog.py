"""Looking needs any role; making things for the interface needs one that works with apps."""

from __future__ import annotations

import pytest

from chassis.permissions import allows
from chassis.testing.mint import TokenMint
from rekuest_server.policy import catalog


@pytest.mark.parametrize(
    ("role", "read", "write"),
    [
        ("admin", True, True),
        ("editor", True, True),
        ("user", True, True),
        ("bot", True, True),
        ("viewer", True, False),
        ("deployer", True, False),
        ("unheard-of", False, False),
    ],
)
def test_what_a_role_may_do(mint: TokenMint, role: str, read: bool, write: bool) -> None:
    assert catalog
    principal = mint.member(roles=[role]).principal
    assert allows(principal, "catalog.read") is read
    assert allows(principal, "catalog.write") is write
