"""The life of a store: asked for, written, used, thrown away, gone."""

from __future__ import annotations

from enum import StrEnum

from chassis.errors import Conflict


class StoreState(StrEnum):
    """Where a store is in its life."""

    REQUESTED = "requested"
    POPULATED = "populated"
    ATTACHED = "attached"
    TRASHED = "trashed"
    GONE = "gone"


#: From a state to those that may follow it.
FOLLOWS: dict[StoreState, frozenset[StoreState]] = {
    StoreState.REQUESTED: frozenset({StoreState.POPULATED, StoreState.GONE}),
    StoreState.POPULATED: frozenset({StoreState.ATTACHED, StoreState.TRASHED}),
    StoreState.ATTACHED: frozenset({StoreState.TRASHED}),
    # Undo: back to use. A store that never was in use goes back to being written.
    StoreState.TRASHED: frozenset({StoreState.ATTACHED, StoreState.POPULATED, StoreState.GONE}),
    StoreState.GONE: frozenset(),
}

_REASONS = {
    StoreState.REQUESTED: "its upload has not been finished",
    StoreState.POPULATED: "its upload is finished already",
    StoreState.ATTACHED: "it belongs to a dataset or a file already",
    StoreState.TRASHED: "it is in the trash",
    StoreState.GONE: "its data is gone",
}


def transition(state: StoreState, target: StoreState) -> StoreState:
    """Return the target if it may follow the state, else raise `Conflict` that says why not."""
    if target not in FOLLOWS[state]:
        raise Conflict(f"The store cannot become {target.value}: {_REASONS[state]}.")
    return target
