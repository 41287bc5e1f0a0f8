"""Which flavour is started: the one that fits this machine best."""

from __future__ import annotations

from collections.abc import Sequence

from deployers.core.errors import NothingFits
from deployers.core.model import Flavour
from kabinet_server.domain.facts import Facts
from kabinet_server.domain.matching import FlavourFacts, ResourceFacts, match_flavours


def best_flavour(flavours: Sequence[Flavour], facts: Facts) -> Flavour:
    """Return the flavour to start; raises NothingFits with the reason of each that does not fit."""
    if not flavours:
        raise NothingFits("There is no flavour to choose from.")
    candidates = [
        FlavourFacts(
            id=number,
            name=flavour.name,
            selectors=flavour.selectors,
            platforms=flavour.platforms,
            version=flavour.version,
            is_channel=flavour.is_channel,
        )
        for number, flavour in enumerate(flavours)
    ]
    placement = match_flavours(candidates, [ResourceFacts(id=0, facts=facts)])
    if not placement.fits:
        raise NothingFits(f"Nothing fits this machine. {placement.explanation()}")
    return flavours[placement.fits[0].flavour.id]
