"""Logos and panels: which one is drawn for a flavour, a release, an app and an action."""

from __future__ import annotations

from datetime import timedelta

import pytest
from crowd import crowd

from chassis import clock
from chassis.definitions.graphql.enums import ComponentContext
from kabinet_server import models
from kabinet_server.graphql.blok import blok_of, bloks_of, logo_of
from kabinet_server.selectors import bloks

TREE = [{"id": "root", "component": "Circle"}]


def blok(key, context="LOGO", **more):
    return {"key": key, "context": context, "components": TREE, **more}


LOGO, DEFAULT = blok("logo"), blok("main", default=True)
PANEL = blok("panel", "HTML")
ACTION = blok("act", "ACTION_LOGO")


@pytest.fixture
def store(db):
    return crowd(3)


def _give(flavour, *documents, **changes):
    models.Flavour.objects.filter(pk=flavour.pk).update(bloks=list(documents), **changes)
    flavour.refresh_from_db()
    return flavour


def _flavours():
    return list(models.Flavour.objects.order_by("pk"))


@pytest.mark.parametrize(
    ("documents", "key"),
    [
        ([], None),
        ([PANEL, ACTION], None),
        ([LOGO], "logo"),
        ([PANEL, LOGO, DEFAULT], "main"),
        ([LOGO, blok("second")], "logo"),
        ([blok("panel", "HTML", default=True), LOGO], "logo"),
        ([{"key": "bare"}], None),
        ([LOGO, DEFAULT, blok("late", default=True)], "main"),
    ],
)
def test_the_logo_is_the_default_one_else_the_first(documents, key):
    flavour = models.Flavour(pk=7, bloks=documents)
    found = bloks.logo_document(flavour)
    assert (found and found["key"]) == key
    shown = logo_of(flavour)
    assert (shown and shown.id) == (key and f"7:{key}")
    assert logo_of(None) is None


def test_the_logo_of_a_release_is_that_of_its_first_flavour_that_offers_one(store):
    first, second, third = _flavours()
    assert bloks.logo_of_release(store.release) is None
    _give(third, LOGO)
    assert bloks.logo_of_release(store.release) == third
    _give(second, PANEL, DEFAULT)
    assert bloks.logo_of_release(store.release) == second
    _give(first, PANEL, ACTION)
    assert bloks.logo_of_release(store.release) == second
    _give(second, DEFAULT, retired_at=clock.now())
    assert bloks.logo_of_release(store.release) == third


def test_the_logo_of_an_app_is_that_of_its_newest_release_with_one(store):
    first, second, third = _flavours()
    old, middle, new = models.Release.objects.order_by("pk")
    for place, (flavour, release) in enumerate(
        zip((first, second, third), (old, middle, new), strict=True)
    ):
        moment = clock.now() - timedelta(days=3 - place)
        models.Release.objects.filter(pk=release.pk).update(released_at=moment)
        models.Flavour.objects.filter(pk=flavour.pk).update(release=release)
    assert bloks.logo_of_app(store.app.pk) is None
    _give(first, LOGO)
    assert bloks.logo_of_app(store.app.pk) == first
    _give(third, LOGO)
    assert bloks.logo_of_app(store.app.pk) == third
    _give(third, LOGO, retired_at=clock.now())
    assert bloks.logo_of_app(store.app.pk) == first
    assert bloks.logo_of_app(store.app.pk + 1) is None


def _offer(flavour, definition, logo):
    models.Offer.objects.filter(flavour=flavour, definition=definition).update(logo=logo)


def test_an_action_is_drawn_by_a_flavours_own_blok_or_the_newest(store):
    first, second, third = _flavours()
    definition = store.definition
    assert bloks.logo_of_definition(definition, None) is None
    for flavour, key in ((first, "act"), (second, "act"), (third, "missing")):
        _give(flavour, ACTION, PANEL)
        _offer(flavour, definition, key)
    assert bloks.logo_of_definition(definition, None) == (second, ACTION)
    assert bloks.logo_of_definition(definition, first.pk) == (first, ACTION)
    assert bloks.logo_of_definition(definition, third.pk) is None
    for nothing in ("x", "", 0, "9" * 30):
        assert bloks.logo_of_definition(definition, nothing) is None
    # A blok that stands elsewhere draws no action.
    _offer(second, definition, "panel")
    assert bloks.logo_of_definition(definition, None) == (first, ACTION)
    _give(first, ACTION, retired_at=clock.now())
    assert bloks.logo_of_definition(definition, None) is None


def test_a_blok_is_found_by_its_flavour_and_key_in_its_organization_alone(store, mint):
    ada = mint.member(sub="1", org="1", active_org="first").principal
    bob = mint.member(sub="2", org="2", active_org="second").principal
    flavour = _give(store.flavour, LOGO, blok("a:b", "HTML"))
    number = flavour.pk
    assert bloks.blok_get(principal=ada, blok_id=f"{number}:logo") == (flavour, LOGO)
    assert bloks.blok_get(principal=ada, blok_id=f"{number}:a:b")[1]["key"] == "a:b"
    assert bloks.blok_get(principal=bob, blok_id=f"{number}:logo") is None
    for wrong in ("", ":", ":logo", f"{number}", f"{number}:", f"{number}:other", "x:logo"):
        assert bloks.blok_get(principal=ada, blok_id=wrong) is None, wrong
    # What is not offered any longer may yet run, so it is still drawn.
    _give(flavour, LOGO, retired_at=clock.now())
    assert bloks.blok_get(principal=ada, blok_id=f"{number}:logo") is not None


def test_bloks_come_in_their_order_and_of_one_context_if_asked(store):
    flavour = models.Flavour(pk=3, bloks=[PANEL, LOGO, {"key": "bare"}, ACTION])
    assert [one.key for one in bloks_of(flavour, None)] == ["panel", "logo", "bare", "act"]
    # Without a context a blok is one of HTML.
    assert [one.key for one in bloks_of(flavour, ComponentContext("HTML"))] == ["panel", "bare"]
    assert [one.key for one in bloks_of(flavour, ComponentContext("ACTION_LOGO"))] == ["act"]


def test_a_blok_that_cannot_be_drawn_says_why():
    drawn, source = blok_of(1, LOGO), blok_of(1, {"key": "x", "source": "<b>hi</b>"})
    assert (drawn.component_tree, drawn.parse_error) == (TREE, None)
    assert source.component_tree is None
    assert "component trees only" in source.parse_error
    assert (source.context.value, source.default, source.for_model) == ("HTML", False, None)


@pytest.mark.parametrize(
    "changes",
    [
        {"components": [{"id": "root", "component": "Square"}]},
        {"context": "HTML"},
        {"demo_state": {"a": 1}},
        {"source": "x"},
    ],
)
def test_the_hash_covers_what_is_drawn(changes):
    assert blok_of(1, {**LOGO, **changes}).hash != blok_of(1, LOGO).hash


@pytest.mark.parametrize("changes", [{"key": "b"}, {"default": True}, {"description": "x"}])
def test_the_hash_leaves_out_what_is_not_drawn(changes):
    assert blok_of(2, {**LOGO, **changes}).hash == blok_of(1, LOGO).hash
    assert len(blok_of(1, LOGO).hash) == 64
