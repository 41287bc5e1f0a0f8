"""Instances and addresses that admins add."""

from __future__ import annotations

import pytest
from people import member, principal

from chassis.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from fakts_server.models.instance import InstanceAlias, Service, ServiceInstance
from fakts_server.operations.instance import (
    Access,
    AliasWish,
    alias_create,
    alias_remove,
    alias_update,
    instance_create,
    instance_remove,
    instance_update,
)


@pytest.fixture
def ada(lab):
    return principal(lab)


@pytest.fixture
def mikro(lab):
    return Service.objects.get(organization=lab.organization, identifier="live.arkitekt.mikro")


@pytest.fixture
def second(ada, mikro):
    return instance_create(principal=ada, identifier="mikro-2", service=mikro.pk, access=Access())


def test_a_second_instance_of_a_service(second, mikro, ada):
    assert second.release.service == mikro
    assert not second.is_configured
    with pytest.raises(Conflict):
        instance_create(principal=ada, identifier="mikro-2", service=mikro.pk, access=Access())


def test_a_service_nobody_had_before_is_named_by_its_identifier(ada, lab):
    made = instance_create(
        principal=ada, identifier="omero", service="org.example.omero", access=Access()
    )
    assert made.release.service.identifier == "org.example.omero"
    again = instance_create(
        principal=ada, identifier="omero-2", service="org.example.omero", access=Access()
    )
    assert again.release == made.release


@pytest.mark.parametrize("name", ["", "a b", "a/b", "x" * 101])
def test_identifiers_are_audiences(ada, mikro, name):
    with pytest.raises(InvalidInput) as refused:
        instance_create(principal=ada, identifier=name, service=mikro.pk, access=Access())
    assert refused.value.field == "identifier"


def test_one_default_of_a_kind(ada, second, lab):
    first = ServiceInstance.objects.get(hub=second.hub, identifier="mikro")
    other_kind = ServiceInstance.objects.get(hub=second.hub, identifier="rekuest")
    for instance in (other_kind, first, second):
        instance_update(principal=ada, instance_id=instance.pk, access=Access(), is_default=True)
    defaults = ServiceInstance.objects.filter(hub=second.hub, is_default=True)
    assert sorted(one.identifier for one in defaults) == ["mikro-2", "rekuest"]


def test_lists_of_people_are_replaced_or_kept(ada, second, lab, rival):
    eve = member(lab, "eve").user
    change = {"principal": ada, "instance_id": second.pk}
    instance_update(**change, access=Access(denied_users=[eve.pk]))
    instance_update(**change, access=Access(allowed_users=[lab.user_id]), provides=["cuda", "cuda"])
    second.refresh_from_db()
    assert [*second.denied_users.all()] == [eve]
    assert second.provides == ["cuda"]
    instance_update(**change, access=Access(denied_users=[]))
    assert not second.denied_users.exists()
    with pytest.raises(NotFound):
        instance_update(**change, access=Access(allowed_users=[rival.user_id]))
    with pytest.raises(NotFound):
        instance_update(**change, access=Access(allowed_groups=[1]))


def test_what_the_configuration_offers_stays(ada, second, lab):
    instance_remove(principal=ada, instance_id=second.pk)
    configured = ServiceInstance.objects.get(hub=second.hub, identifier="mikro")
    with pytest.raises(Conflict):
        instance_remove(principal=ada, instance_id=configured.pk)


def test_an_address_comes_changes_and_goes(ada, second):
    alias = alias_create(
        principal=ada,
        instance_id=second.pk,
        wish=AliasWish(host="GPU.example.org", port=8080, ssl=True, path="/mikro/"),
    )
    assert (alias.host, alias.port, alias.path) == ("gpu.example.org", 8080, "mikro")
    moved = alias_update(principal=ada, alias_id=alias.pk, wish=AliasWish(host="10.0.0.7"))
    assert (moved.pk, moved.host, moved.port) == (alias.pk, "10.0.0.7", None)
    assert alias_remove(principal=ada, alias_id=alias.pk) == second
    assert not InstanceAlias.objects.filter(instance=second).exists()


def test_an_address_is_once(ada, second):
    wish = AliasWish(host="a")
    alias_create(principal=ada, instance_id=second.pk, wish=wish)
    with pytest.raises(Conflict):
        alias_create(principal=ada, instance_id=second.pk, wish=wish)


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (AliasWish(host=""), "host"),
        (AliasWish(host="http://a"), "host"),
        (AliasWish(host="a/b"), "host"),
        (AliasWish(host="a", port=0), "port"),
        (AliasWish(host="a", port=70_000), "port"),
        (AliasWish(kind="mesh", host="a"), "kind"),
    ],
)
def test_a_bad_address_names_its_field(ada, second, wish, field):
    with pytest.raises(InvalidInput) as refused:
        alias_create(principal=ada, instance_id=second.pk, wish=wish)
    assert refused.value.field == field


def test_a_relative_address_has_no_host(ada, second):
    wish = AliasWish(kind="relative", host="ignored", port=1, ssl=True, path="m2")
    alias = alias_create(principal=ada, instance_id=second.pk, wish=wish)
    assert (alias.host, alias.port, alias.ssl) == ("", None, False)


def test_strangers_and_members_without_the_role(second, lab, rival, ada):
    alias = alias_create(principal=ada, instance_id=second.pk, wish=AliasWish(host="a"))
    eve = principal(member(lab, "eve", "editor"))
    for who, error in ((principal(rival), NotFound), (eve, PermissionDenied)):
        with pytest.raises(error):
            instance_remove(principal=who, instance_id=second.pk)
        with pytest.raises(error):
            alias_create(principal=who, instance_id=second.pk, wish=AliasWish(host="b"))
        with pytest.raises(error):
            alias_remove(principal=who, alias_id=alias.pk)
