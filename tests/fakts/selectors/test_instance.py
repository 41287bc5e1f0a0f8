"""Which instances a person may use, and which hub answers an app."""

from __future__ import annotations

import itertools

import pytest
from people import member, principal

from chassis.errors import NotFound
from fakts_server.domain.requirement import Requirement
from fakts_server.models.group import Group
from fakts_server.models.instance import ServiceInstance
from fakts_server.models.organization import Hub, Scope
from fakts_server.operations.instance import Access, instance_create, instance_update
from fakts_server.selectors.instance import (
    composition_for,
    default_hub,
    hub_or_default,
    hubs_of,
    known_scopes,
    offers_of,
    usable_by,
)

LISTS = ("allowed_users", "denied_users", "allowed_groups", "denied_groups")


@pytest.fixture
def instance(lab):
    return ServiceInstance.objects.get(hub__organization=lab.organization, identifier="mikro")


def test_every_combination_of_lists_opens_or_closes(lab, instance):
    """Denied wins over all; where anybody is allowed, only those are."""
    eve, tom = member(lab, "eve"), member(lab, "tom")
    inside = Group.objects.create(organization=lab.organization, name="inside")
    outside = Group.objects.create(organization=lab.organization, name="outside")
    inside.users.add(eve.user)
    outside.users.add(tom.user)
    choices = {"none": (), "mine": (eve.user, inside), "theirs": (tom.user, outside)}
    faults = []
    for picks in itertools.product(choices, repeat=4):
        for name, pick in zip(LISTS, picks, strict=True):
            one = choices[pick]
            getattr(instance, name).set([one[name.endswith("groups")]] if one else [])
        allowed_users, denied_users, allowed_groups, denied_groups = picks
        denied = "mine" in (denied_users, denied_groups)
        is_open = (allowed_users, allowed_groups) == ("none", "none")
        expected = not denied and (is_open or "mine" in (allowed_users, allowed_groups))
        found = ServiceInstance.objects.filter(usable_by(eve.user_id), pk=instance.pk).count()
        if found != int(expected):
            faults.append((picks, found))
    assert faults == []


def test_offers_are_those_of_the_hub_and_the_person(lab, rival, instance):
    hub = default_hub(lab.organization)
    eve = member(lab, "eve")
    access = Access(denied_users=[eve.user_id])
    instance_update(
        principal=principal(lab),
        instance_id=instance.pk,
        access=access,
        is_default=True,
        provides=["cuda", "zarr"],
    )
    mine = {offer.identifier: offer for offer in offers_of(hub, lab.user_id)}
    assert set(mine) == {"rekuest", "mikro", "s3"}
    assert (mine["mikro"].is_default, mine["mikro"].provides) == (True, {"cuda", "zarr"})
    assert not mine["s3"].is_default
    assert {offer.identifier for offer in offers_of(hub, eve.user_id)} == {"rekuest", "s3"}
    theirs = offers_of(default_hub(rival.organization), rival.user_id)
    assert not {offer.instance_id for offer in theirs} & {one.instance_id for one in mine.values()}


def test_hubs_are_found_in_their_organization_only(lab, rival):
    second = Hub.objects.create(organization=lab.organization, identifier="gpus")
    first = default_hub(lab.organization)
    assert hubs_of(lab.organization) == [first, second]
    assert hub_or_default(lab.organization, None) == first
    assert hub_or_default(lab.organization, str(second.pk)) == second
    foreign = default_hub(rival.organization).pk
    for wrong in (foreign, "999999999", "x", "", -1, second.pk + 0.5):
        with pytest.raises(NotFound):
            hub_or_default(lab.organization, wrong)


@pytest.mark.parametrize(
    ("services", "hub"),
    [
        ([], "first"),
        (["live.arkitekt.mikro"], "first"),
        (["org.example.gpu"], "second"),
        (["org.example.gpu", "org.example.render"], "second"),
        (["org.example.nowhere"], "first"),
        (["live.arkitekt.mikro", "live.arkitekt.rekuest", "org.example.gpu"], "first"),
    ],
)
def test_the_hub_that_misses_least_answers(lab, services, hub):
    second = Hub.objects.create(organization=lab.organization, identifier="gpus", name="gpus")
    for name in ("gpu", "render"):
        instance_create(
            principal=principal(lab),
            identifier=name,
            service=f"org.example.{name}",
            access=Access(),
            hub=second.pk,
        )
    needs = [Requirement(key=f"k{n}", service=name) for n, name in enumerate(services)]
    best, matches = composition_for(lab, needs)
    assert best == {"first": default_hub(lab.organization), "second": second}[hub]
    assert [match.requirement for match in matches] == needs
    forced, _ = composition_for(lab, needs, hub=second)
    assert forced == second


def test_known_scopes_are_the_configured_and_the_declared(lab, rival, installed):
    Scope.objects.create(
        organization=lab.organization, identifier="images", description="Read images"
    )
    Scope.objects.create(
        organization=lab.organization, identifier="openid", description="Not what is configured"
    )
    here, there = known_scopes(lab.organization), known_scopes(rival.organization)
    assert here["images"] == "Read images"
    assert here["openid"] == installed.scopes["openid"]
    assert there == dict(installed.scopes)
