"""Bloks and assets that agents declare over their socket, reconciled with their rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chassis.clock import now
from chassis.definitions.parsing import as_document
from chassis.definitions.vocabulary import AssetDeclaration, BlokDeclaration
from chassis.errors import InvalidInput
from rekuest_server.models import (
    Agent,
    AgentAsset,
    App,
    Asset,
    Blok,
    BlokAgentMapping,
    MaterializedBlok,
)
from rekuest_server.operations.blok import revise
from rekuest_server.operations.blok_content import KEYS, findings_of
from rekuest_server.operations.ui_catalog import catalog_named

#: How a blok's dependency names the agent that declares the blok.
SELF = "self"


def bloks_reconcile(
    agent: Agent, app: App, declared: Sequence[BlokDeclaration]
) -> list[dict[str, Any]]:
    """Keep the bloks an agent declares, each bound to the agent; return findings for INIT."""
    findings: list[dict[str, Any]] = []
    kept: list[Blok] = []
    for place, item in enumerate(declared):
        if item.key in {blok.key for blok in kept}:
            raise InvalidInput(f"two bloks of the key {item.key!r}", field="bloks")
        blok = _blok(agent, app, item)
        kept.append(blok)
        _bound(agent, blok, is_default=item.default)
        findings += [
            {**found, "path": f"bloks.{place}.{found['path']}"} for found in blok.diagnostics
        ]
    gone = MaterializedBlok.objects.filter(declared_by=agent, retired_at=None)
    gone.exclude(blok__in=[blok.pk for blok in kept]).update(retired_at=now())
    provided = Blok.objects.filter(
        organization_id=agent.organization_id, app=app, retired_at=None
    ).exclude(materialized_bloks__declared_by__isnull=False, materialized_bloks__retired_at=None)
    provided.update(retired_at=now())
    return findings


def _blok(agent: Agent, app: App, item: BlokDeclaration) -> Blok:
    catalog = catalog_named(agent.organization_id, item.catalog)
    document = as_document(item)
    content = {key: document.get(key) for key in KEYS}
    blok, is_new = Blok.objects.get_or_create(
        organization_id=agent.organization_id,
        app=app,
        key=item.key,
        defaults={"catalog": catalog, "name": item.key},
    )
    is_changed = is_new or blok.content != content
    blok.catalog = catalog
    blok.description = item.description
    blok.context = document["context"]
    blok.for_model, blok.for_node = item.for_model, item.for_node
    blok.content = content
    blok.diagnostics = findings_of(content, catalog)
    blok.retired_at = None
    blok.save()
    if is_changed:
        revise(blok, author_id=agent.user_id, message="Declared by its app.")
    return blok


def _bound(agent: Agent, blok: Blok, *, is_default: bool) -> None:
    bound, _ = MaterializedBlok.objects.update_or_create(
        declared_by=agent,
        blok=blok,
        defaults={
            "organization_id": agent.organization_id,
            "name": blok.name,
            "is_default": is_default,
            "retired_at": None,
        },
    )
    keys = {item["key"] for item in blok.content.get("dependencies") or ()}
    if SELF in keys:
        BlokAgentMapping.objects.get_or_create(materialized_blok=bound, key=SELF, agent=agent)


def assets_reconcile(agent: Agent, declared: Sequence[AssetDeclaration]) -> None:
    """Keep the names of the files an agent declares; their bytes are uploaded on request."""
    kept = []
    for item in declared:
        document = as_document(item)
        asset, _ = Asset.objects.get_or_create(
            organization_id=agent.organization_id,
            ref=item.ref,
            defaults={"kind": document["kind"], "size": item.size},
        )
        AgentAsset.objects.update_or_create(
            agent=agent, name=item.name, defaults={"asset": asset, "source": item.source}
        )
        kept.append(item.name)
    agent.assets.exclude(name__in=kept).delete()
