"""The life of a store has one direction, but for the undo of the trash."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Conflict
from mikro_server.domain.store_state import FOLLOWS, StoreState, transition

STATES = st.sampled_from(list(StoreState))


@given(st.lists(STATES, max_size=12))
def test_whatever_is_tried_only_allowed_steps_happen(wishes):
    state = StoreState.REQUESTED
    visited = [state]
    for wish in wishes:
        try:
            state = transition(state, wish)
        except Conflict as error:
            assert wish.value in error.message
            continue
        visited.append(state)
    for one, following in itertools.pairwise(visited):
        assert following in FOLLOWS[one]
    # Nothing is in use that was never written, and nothing comes back from the end.
    if StoreState.ATTACHED in visited:
        assert StoreState.POPULATED in visited[: visited.index(StoreState.ATTACHED)]
    if StoreState.GONE in visited:
        assert visited.index(StoreState.GONE) == len(visited) - 1


@pytest.mark.parametrize("state", list(StoreState))
def test_every_state_is_known(state):
    assert state in FOLLOWS
    assert state not in FOLLOWS[state]
