"""Reconciling what an agent declares with its rows, inside one transaction.

Rows keep their ids: actions are found by (organization, app, key, version), implementations, states
and locks by their place at the agent. What is not declared any more is marked retired.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from chassis.clock import now
from chassis.definitions.parsing import as_document, definition_hash, parse, state_definition_hash
from chassis.definitions.vocabulary import (
    AgentDependency,
    AssetDeclaration,
    BlokDeclaration,
    Definition,
    ImplementationDeclaration,
    LockDeclaration,
    StateDeclaration,
)
from chassis.errors import InvalidInput
from rekuest_server.models import (
    Action,
    Agent,
    App,
    Dependency,
    Implementation,
    Lock,
    State,
    StateDefinition,
)
from rekuest_server.operations.declared_bloks import assets_reconcile, bloks_reconcile
from rekuest_server.wire.inbound import Register


def declaration_reconcile(*, agent: Agent, app: App, frame: Register) -> list[dict[str, Any]]:
    """Bring the rows of an agent in line with its declaration; return findings for INIT."""
    findings: list[dict[str, Any]] = []
    implementations = _items(frame.implementations, "implementations")
    if implementations is not None:
        declared = [
            parse(ImplementationDeclaration, item, at=f"implementations.{place}")
            for place, item in enumerate(implementations)
        ]
        _implementations(agent, app, declared)
    states = _items(frame.states, "states")
    if states is not None:
        _states(agent, [parse(StateDeclaration, item, at="states") for item in states])
    locks = _items(frame.locks, "locks")
    if locks is not None:
        _locks(agent, [parse(LockDeclaration, item, at="locks") for item in locks])
    bloks = _items(frame.bloks, "bloks")
    if bloks is not None:
        parsed = [
            parse(BlokDeclaration, item, at=f"bloks.{place}") for place, item in enumerate(bloks)
        ]
        findings += bloks_reconcile(agent, app, parsed)
    assets = _items(frame.assets, "assets")
    if assets is not None:
        assets_reconcile(agent, [parse(AssetDeclaration, item, at="assets") for item in assets])
    return findings


def _items(raw: msgspec.Raw, name: str) -> list[Any] | None:
    value = msgspec.json.decode(raw)
    if value is None:
        return None
    if not isinstance(value, list):
        raise InvalidInput(f"{name} must be a list", field=name)
    return value


def _implementations(agent: Agent, app: App, declared: Sequence[ImplementationDeclaration]) -> None:
    known = {row.interface: row for row in agent.implementations.all()}
    kept = set()
    for item in declared:
        interface = item.interface or item.definition.key
        if interface in kept:
            raise InvalidInput(
                f"two implementations at the interface {interface!r}", field="implementations"
            )
        kept.add(interface)
        digest = definition_hash(item.definition)
        action = action_of(agent, app, item.definition, digest)
        row = known.get(interface) or Implementation(agent=agent, interface=interface)
        _fill(row, action, item)
        row.save()
        dependencies_reconcile(row, item.dependencies)
    offered = Implementation.objects.filter(agent=agent, retired_at=None)
    own = offered.filter(lower=None).exclude(interface__in=kept)
    # A wrapper stands as long as what it wraps.
    wrappers = offered.filter(lower__isnull=False).exclude(runs_at__in=kept)
    (own | wrappers).update(retired_at=now())


def action_of(agent: Agent, app: App, definition: Definition, digest: str) -> Action:
    """Return the action of a definition in the agent's organization, brought up to date."""
    document = as_document(definition)
    values = {
        "hash": digest,
        "name": definition.name,
        "description": definition.description,
        "kind": document["kind"],
        "definition": document,
        "stateful": definition.stateful,
        "pure": definition.pure,
        "idempotent": definition.idempotent,
        "allow_probe": definition.allow_probe,
        "is_dev": definition.is_dev,
        "collections": list(definition.collections),
        "protocols": list(definition.protocols),
    }
    action, _ = Action.objects.update_or_create(
        organization_id=agent.organization_id,
        app=app,
        key=definition.key,
        version=definition.version,
        defaults=values,
    )
    return action


def _fill(row: Implementation, action: Action, item: ImplementationDeclaration) -> None:
    document = as_document(item)
    row.action = action
    row.execution = document["execution"]
    row.effects = document["effects"]
    row.code_hash = item.code_hash
    row.needs_token = item.needs_token
    audience = item.provenance_audience
    row.provenance_audience = None if audience is None else list(audience)
    row.locks = list(item.locks or ())
    row.manipulates = list(item.manipulates or ())
    row.params = document["params"] if document["params"] is not None else {}
    row.tracks = document["tracks"] or []
    row.optimistics = document["optimistics"] or []
    row.logo = item.logo
    row.lower, row.runs_at, row.preset = None, None, None
    row.retired_at = None


def dependencies_reconcile(row: Implementation, declared: Sequence[AgentDependency]) -> None:
    """Bring the dependencies of an implementation in line with what is declared."""
    kept = []
    for dependency in declared:
        kept.append(dependency.key)
        Dependency.objects.update_or_create(
            implementation=row,
            key=dependency.key,
            defaults={
                "app_filter": dependency.app,
                "version_filter": dependency.version,
                "name": dependency.name,
                "description": dependency.description,
                "optional": dependency.optional,
                "auto_resolvable": dependency.auto_resolvable,
                "min_viable_instances": dependency.min_viable_instances,
                "max_viable_instances": dependency.max_viable_instances,
                "declaration": as_document(dependency),
            },
        )
    row.dependencies.exclude(key__in=kept).delete()


def _states(agent: Agent, declared: Sequence[StateDeclaration]) -> None:
    kept = []
    for item in declared:
        kept.append(item.interface)
        definition, _ = StateDefinition.objects.get_or_create(
            hash=state_definition_hash(item.definition),
            defaults={
                "name": item.definition.name,
                "ports": as_document(item.definition)["ports"],
            },
        )
        State.objects.update_or_create(
            agent=agent,
            interface=item.interface,
            defaults={
                "definition": definition,
                "key": item.key,
                "app_identifier": item.app,
                "retired_at": None,
            },
        )
    agent.states.filter(retired_at=None).exclude(interface__in=kept).update(retired_at=now())


def _locks(agent: Agent, declared: Sequence[LockDeclaration]) -> None:
    kept = []
    for item in declared:
        kept.append(item.key)
        Lock.objects.update_or_create(
            agent=agent,
            key=item.key,
            defaults={"description": item.definition.description, "retired_at": None},
        )
    agent.locks.filter(retired_at=None).exclude(key__in=kept).update(retired_at=now())
