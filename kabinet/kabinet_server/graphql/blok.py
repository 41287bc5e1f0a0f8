"""Bloks of flavours: logos, panels and scenes that an app brings with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import strawberry
import strawberry_django
from strawberry.scalars import JSON

from chassis.definitions.graphql.enums import ComponentContext
from chassis.graphql import Info, principal_of
from kabinet_server import models
from kabinet_server.selectors import bloks


@strawberry.type(description="A piece of user interface that a flavour's app brings.")
class FlavourBlok:
    """Drawn by clients; nothing of it runs here."""

    id: strawberry.ID = strawberry.field(description="The flavour and the key.")
    flavour_id: strawberry.ID = strawberry.field(description="The flavour that brings it.")
    key: str = strawberry.field(description="Its name in the app.")
    context: ComponentContext = strawberry.field(description="Where it stands.")
    default: bool = strawberry.field(description="Whether it is the app's default there.")
    description: str | None = strawberry.field(description="What it shows.")
    hash: str = strawberry.field(description="Equal for bloks that draw the same.")
    component_tree: JSON | None = strawberry.field(
        description="The component tree; null if the source cannot be read."
    )
    demo_state: JSON | None = strawberry.field(description="Values to show it with.")
    for_model: str | None = strawberry.field(description="The model it decorates.")
    for_node: str | None = strawberry.field(description="The node of that model.")
    parse_error: str | None = strawberry.field(description="Why the source cannot be read.")


def blok_of(flavour_id: int, document: Mapping[str, Any]) -> FlavourBlok:
    """Build a blok of its stored document."""
    tree = document.get("components")
    drawn = [tree, document.get("demo_state"), document.get("context"), document.get("source")]
    text = json.dumps(drawn, sort_keys=True, separators=(",", ":"))
    return FlavourBlok(
        id=strawberry.ID(f"{flavour_id}:{document['key']}"),
        flavour_id=strawberry.ID(str(flavour_id)),
        key=document["key"],
        context=ComponentContext(document.get("context") or "HTML"),
        default=bool(document.get("default")),
        description=document.get("description"),
        hash=hashlib.sha256(text.encode()).hexdigest(),
        component_tree=tree,
        demo_state=document.get("demo_state"),
        for_model=document.get("for_model"),
        for_node=document.get("for_node"),
        parse_error=None if tree is not None else "This server reads component trees only.",
    )


def bloks_of(flavour: models.Flavour, context: ComponentContext | None) -> list[FlavourBlok]:
    """Build a flavour's bloks, in the order they are declared."""
    wanted = None if context is None else context.value
    return [
        blok_of(flavour.pk, document)
        for document in flavour.bloks
        if wanted is None or (document.get("context") or "HTML") == wanted
    ]


def logo_of(flavour: models.Flavour | None) -> FlavourBlok | None:
    """Build the logo of a flavour's app, if it brings one."""
    document = None if flavour is None else bloks.logo_document(flavour)
    return None if flavour is None or document is None else blok_of(flavour.pk, document)


@strawberry.type
class Query:
    """Root fields of bloks."""

    @strawberry_django.field(description="One blok, by `<flavour id>:<key>`, or null.")
    def flavour_blok(self, info: Info, id: strawberry.ID) -> FlavourBlok | None:
        """Find it."""
        found = bloks.blok_get(principal=principal_of(info), blok_id=str(id))
        return None if found is None else blok_of(found[0].pk, found[1])
