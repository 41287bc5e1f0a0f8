"""Reads of bloks, which lie in their flavours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from chassis.identity import Principal
from kabinet_server.models import Definition, Flavour, Release
from kabinet_server.selectors import rows
from kabinet_server.selectors.scope import by_id

Blok = Mapping[str, Any]


def blok_get(*, principal: Principal, blok_id: str) -> tuple[Flavour, Blok] | None:
    """Return a flavour and its blok by `<flavour id>:<key>`."""
    number, _, key = blok_id.partition(":")
    flavour = by_id(rows.all_flavours_visible_to(principal), number).first()
    if flavour is None:
        return None
    return next(((flavour, one) for one in flavour.bloks if one["key"] == key), None)


def logo_document(flavour: Flavour) -> Blok | None:
    """Return the default logo of a flavour's app, else its first."""
    logos = [one for one in flavour.bloks if one.get("context") == "LOGO"]
    return next((one for one in logos if one.get("default")), logos[0] if logos else None)


def with_logo(flavours: QuerySet[Flavour]) -> QuerySet[Flavour]:
    """Narrow flavours to those that bring a logo and are offered."""
    return flavours.filter(retired_at=None, bloks__contains=[{"context": "LOGO"}])


def logo_of_release(release: Release) -> Flavour | None:
    """Return the first flavour of a release that brings a logo."""
    return with_logo(Flavour.objects.filter(release=release)).order_by("pk").first()


def logo_of_app(app_id: int) -> Flavour | None:
    """Return a flavour of the newest release of an app that brings a logo."""
    flavours = with_logo(Flavour.objects.filter(release__app=app_id))
    return flavours.order_by("-release__released_at", "-release", "pk").first()


def logo_of_definition(
    definition: Definition, flavour_id: object | None
) -> tuple[Flavour, Blok] | None:
    """Return the blok that draws an action: a flavour's own, or that of the newest with one."""
    offers = definition.offers.exclude(logo=None).filter(flavour__retired_at=None)
    if flavour_id is not None:
        offers = offers.filter(flavour__in=by_id(Flavour.objects.all(), flavour_id))
    for offer in offers.select_related("flavour").order_by("-flavour")[:20]:
        for blok in offer.flavour.bloks:
            if blok["key"] == offer.logo and blok.get("context") == "ACTION_LOGO":
                return offer.flavour, blok
    return None
