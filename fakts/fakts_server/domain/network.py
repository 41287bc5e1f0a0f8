"""The networks instances are reached through: one per kind of address an organization has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fakts_server.domain.alias import AliasKind

_KNOWN = {
    AliasKind.RELATIVE: ("Platform", "The address of the platform itself, whichever an app uses."),
    AliasKind.ABSOLUTE: ("Hosts", "Hosts with an address of their own."),
    AliasKind.DOCKER: ("Containers", "The network the containers of one machine share."),
}


@dataclass(frozen=True)
class Network:
    """A network of one organization."""

    id: str
    name: str
    identifier: str
    description: str


def network_of(organization: int, kind: str) -> Network:
    """Return the network an alias of a kind is on."""
    name, description = _KNOWN[AliasKind(kind)]
    return Network(f"{organization}-{kind}", name, f"network.{kind}", description)


def networks_of(organization: int, kinds: Iterable[str]) -> list[Network]:
    """Return the networks of an organization whose aliases are of these kinds."""
    found = set(kinds)
    return [network_of(organization, kind) for kind in AliasKind if kind in found]
