"""Fixtures: `ada` and `bob`, admins of two organizations, for calls of operations."""

from __future__ import annotations

import pytest


@pytest.fixture
def ada(db, mint):
    return mint.member(sub="1", org="1", active_org="first", preferred_username="ada").principal


@pytest.fixture
def bob(db, mint):
    return mint.member(
        sub="2", org="2", active_org="second", preferred_username="bob", client_id="other-client"
    ).principal


@pytest.fixture
def viewer(db, mint):
    return mint.member(sub="3", org="1", active_org="first", roles=["viewer"]).principal
