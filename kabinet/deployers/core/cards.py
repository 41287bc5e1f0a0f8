"""Which accelerators a container gets, by the same rules by which Kabinet leases them.

What is given away stands in the labels of the containers, so it survives a restart of the
deployer and is seen by every deployer of the same engine, of other organizations too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from deployers.core.errors import NoCardFree
from deployers.core.labels import cards_of
from deployers.core.model import Container, Gpu, State
from kabinet_server.domain.facts import Facts
from kabinet_server.domain.kinds import LeaseMode
from kabinet_server.domain.leases import Demand, Held, allocate, demand_of, sharing

#: A container in one of these states may run again at any moment.
_HOLDING = frozenset({State.CREATED, State.RUNNING, State.PAUSED, State.RESTARTING})


def cards_for(
    selectors: Iterable[Mapping[str, Any]],
    cards: Sequence[Gpu],
    facts: Facts,
    containers: Iterable[Container],
) -> tuple[Gpu, ...]:
    """Choose the accelerators for a flavour; raises NoCardFree when they are in use."""
    demand = demand_of(selectors, facts)
    only_cards = Demand(devices=demand.devices, memory=demand.memory)
    allocation = allocate(only_cards, facts, held_by(containers, cards, facts))
    if allocation.problem is not None:
        raise NoCardFree(
            f"The cards this app needs are in use ({allocation.problem})."
            " Stop or remove an app that holds one."
        )
    chosen = {lease.device for lease in allocation.leases}
    return tuple(card for card in cards if card.id in chosen)


def held_by(containers: Iterable[Container], cards: Sequence[Gpu], facts: Facts) -> list[Held]:
    """Return what containers hold of these cards."""
    kinds = {card.id: card.kind.value for card in cards}
    return [
        Held(kinds[card], card, sharing(kinds[card], facts)[0])
        for container in containers
        if container.state in _HOLDING
        for card in cards_of(container.labels)
        if card in kinds
    ]


def lost_race(
    mine: Container, containers: Iterable[Container], cards: Sequence[Gpu], facts: Facts
) -> bool:
    """Tell whether an older container holds a card that a new one was given for itself alone.

    Two deployers of one engine may choose at the same moment. Each makes its container first and
    looks then, so whoever came second sees the first, and the older one has the card.
    """
    alone = {
        card.id for card in cards if sharing(card.kind.value, facts)[0] is not LeaseMode.SHARED
    }
    wanted = alone & set(cards_of(mine.labels))
    return any(
        other.state in _HOLDING
        and other.id != mine.id
        and (other.created_at, other.id) < (mine.created_at, mine.id)
        and bool(wanted & set(cards_of(other.labels)))
        for other in containers
    )
