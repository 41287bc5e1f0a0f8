"""Renders the services' effective configuration. Pure: the same input, the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from deployment.catalog import Service

#: The service that signs the tokens and knows the others.
AUTHORITY = "fakts"
#: What leads to all of them.
GATEWAY = "gateway"
#: The services whose data lies in the object store, and the store's front.
STORE_USERS = ("mikro", "rekuest")
STORE_FRONT = "objectstore"
#: The service that signs inside which task a request is made, and the one that notes it.
BROKER = "rekuest"
TASK_READER = "mikro"
#: The service that withdraws mandates for who revokes an approval.
STORE = "kabinet"


@dataclass(frozen=True)
class Facts:
    """What a start knows: where things are, and under which address users come."""

    services: Sequence[Service]
    state_root: Path
    secrets_dir: Path
    objects_dir: Path
    #: Unix socket of the object store's front.
    store_socket: Path
    database_host: str
    database_port: int
    public_url: str
    #: Address of the gateway as seen from this machine.
    local_url: str
    allowed_hosts: Sequence[str]
    issuer: str
    #: Key by which each service proves itself to clients, base64.
    public_keys: Mapping[str, str]
    #: Origins under which services reach each other, where that is not the gateway's.
    inside: Mapping[str, str] = field(default_factory=dict)
    #: How services reach the object store, where that is not the socket of its front.
    storage: Mapping[str, Any] | None = None
    #: Address of the broker of jobs, `{service}` in it; without one services run their own jobs.
    broker: str | None = None
    #: Unix socket on which the authority takes the operator's orders, if it shall.
    orders_socket: Path | None = None
    #: What the app store is told of a proxy.
    proxy: Mapping[str, Any] = field(default_factory=dict)
    #: Where the gateway tells its metrics to the authority.
    gateway_metrics: str | None = None
    #: Certificates by which apps check the gateway, where they cannot know its authority.
    certificates: Sequence[str] = ()


def render_services(facts: Facts, sections: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the YAML that `BAUHOF_CONFIG` names; what the user set wins over what is derived."""
    document = {
        service.name: merge(_derived(facts, service), sections.get(service.name, {}))
        for service in facts.services
    }
    return "# Written at every start from config.yaml; changes here are lost.\n" + yaml.safe_dump(
        document, sort_keys=True
    )


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return `base` with `over` laid on it, section by section; a value replaces a value."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            merged[key] = merge(below, value)
        else:
            merged[key] = value
    return merged


def _derived(facts: Facts, service: Service) -> dict[str, Any]:
    # Whoever holds this secret may make grants: services that do, and the front that honours.
    store_secret = str(facts.secrets_dir / STORE_FRONT)
    revocations = f"{_inside(facts, AUTHORITY)}/{AUTHORITY}/o/revocations/"
    if not service.is_django:
        return {
            "state_dir": str(facts.state_root / service.name),
            "folder": str(facts.objects_dir),
            "secret_file": store_secret,
            "tokens": {"revocations_url": revocations},
        }
    section: dict[str, Any] = {
        "state_dir": str(facts.state_root / service.name),
        "public_url": facts.public_url,
        "allowed_hosts": list(facts.allowed_hosts),
        "prefix": service.prefix,
        "database": {
            "host": facts.database_host,
            "port": facts.database_port,
            "name": service.name,
            "user": service.name,
            "password_file": str(facts.secrets_dir / f"database-{service.name}"),
        },
        "tokens": {
            "issuer": facts.issuer,
            "jwks_url": f"{_inside(facts, AUTHORITY)}/{AUTHORITY}/o/jwks/",
            "revocations_url": revocations,
        },
    }
    if service.name == AUTHORITY:
        section["instances"] = _instances(facts)
        section["synthetic"] = {"address": _inside(facts, GATEWAY)}
        if facts.certificates:
            section["certificates"] = list(facts.certificates)
        if facts.orders_socket is not None:
            section["orders_socket"] = str(facts.orders_socket)
        section["gateway_metrics"] = facts.gateway_metrics
    if service.name in STORE_USERS:
        front = {"uds": str(facts.store_socket), "secret_file": store_secret}
        section["storage"] = dict(facts.storage or front)
    if service.name == STORE:
        section["approvals"] = {"mandates_url": f"{_inside(facts, AUTHORITY)}/{AUTHORITY}/graphql"}
        if facts.proxy:
            section["sources"] = dict(facts.proxy)
    if service.name == TASK_READER:
        keys = f"{_inside(facts, BROKER)}/{BROKER}/.well-known/jwks.json"
        section["provenance"] = {"jwks_url": keys}
    if facts.broker is not None and service.has_jobs:
        section["jobs"] = {
            "broker_url": facts.broker.format(service=service.name),
            "password_file": str(facts.secrets_dir / f"redis-{service.name}"),
        }
    return section


def _inside(facts: Facts, service: str) -> str:
    return facts.inside.get(service, facts.local_url)


def _instances(facts: Facts) -> list[dict[str, Any]]:
    """What the authority offers to apps: one entry per service they may ask for."""
    rows: list[dict[str, Any]] = []
    for service in facts.services:
        if service.identifier is None:
            continue
        rows.append(
            {
                "identifier": service.instance or service.name,
                "service": service.identifier,
                "path": service.prefix.strip("/"),
                "challenge": service.challenge,
                "public_key": facts.public_keys.get(service.name),
            }
        )
    return rows
