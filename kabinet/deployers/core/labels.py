"""Labels on containers: ids only, enough to know a container again after a restart.

A label can be read by whoever may ask the engine, so nothing secret stands in one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PREFIX = "live.bauhof."
ENGINE = PREFIX + "engine"
BACKEND = PREFIX + "backend"
DEPLOYMENT = PREFIX + "deployment"
FLAVOUR = PREFIX + "flavour"
APPROVAL = PREFIX + "approval"
MANDATE = PREFIX + "mandate"
RESOURCE = PREFIX + "resource"
CLIENT = PREFIX + "client"
GPUS = PREFIX + "gpus"


@dataclass(frozen=True)
class Belonging:
    """Whose container it is and what it was started for."""

    engine: str
    backend: str
    deployment: str
    flavour: str
    approval: str
    #: The key's own mandate, so that it can be withdrawn with the container.
    mandate: str
    resource: str
    client: str = ""
    gpus: tuple[str, ...] = ()


def to_labels(belonging: Belonging) -> dict[str, str]:
    """Return the labels that say so."""
    return {
        ENGINE: belonging.engine,
        BACKEND: belonging.backend,
        DEPLOYMENT: belonging.deployment,
        FLAVOUR: belonging.flavour,
        APPROVAL: belonging.approval,
        MANDATE: belonging.mandate,
        RESOURCE: belonging.resource,
        CLIENT: belonging.client,
        GPUS: ",".join(belonging.gpus),
    }


def from_labels(labels: Mapping[str, str]) -> Belonging | None:
    """Read them back; None for a container no deployer made."""
    if ENGINE not in labels or DEPLOYMENT not in labels:
        return None
    return Belonging(
        engine=labels[ENGINE],
        backend=labels.get(BACKEND, ""),
        deployment=labels[DEPLOYMENT],
        flavour=labels.get(FLAVOUR, ""),
        approval=labels.get(APPROVAL, ""),
        mandate=labels.get(MANDATE, ""),
        resource=labels.get(RESOURCE, ""),
        client=labels.get(CLIENT, ""),
        gpus=cards_of(labels),
    )


def cards_of(labels: Mapping[str, str]) -> tuple[str, ...]:
    """Return the accelerators a container holds."""
    return tuple(one for one in labels.get(GPUS, "").split(",") if one)
