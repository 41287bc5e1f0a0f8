"""Organizations and the instances of the configuration."""

from __future__ import annotations

import pytest
from people import member, principal

from chassis.errors import Conflict, InvalidInput, PermissionDenied
from chassis.permissions import BUILTIN_ROLES
from fakts_server.models.instance import InstanceAlias, ServiceInstance
from fakts_server.models.organization import Hub, Organization, Role
from fakts_server.operations.bootstrap import bootstrap
from fakts_server.operations.organization import (
    ROLE_DESCRIPTIONS,
    organization_create,
    organization_found,
    organization_provision,
)
from fakts_server.selectors.instance import known_scopes


def test_an_organization_comes_with_roles_hub_and_instances(installed):
    organization = organization_create(slug="lab")
    roles = Role.objects.filter(organization=organization).values_list("identifier", flat=True)
    assert set(roles) == set(BUILTIN_ROLES) == set(ROLE_DESCRIPTIONS)
    hub = Hub.objects.get(organization=organization)
    found = ServiceInstance.objects.filter(hub=hub).values_list("identifier", flat=True)
    assert set(found) == {"rekuest", "mikro", "s3"}


def test_a_taken_slug_leaves_nothing_behind(lab):
    with pytest.raises(Conflict):
        organization_create(slug="lab")
    assert Organization.objects.count() == 1


def test_the_configuration_is_followed_at_each_start(lab, configured):
    before = InstanceAlias.objects.get(instance__identifier="rekuest").pk
    configured(
        instances=[
            {
                "identifier": "rekuest",
                "service": "live.arkitekt.rekuest",
                "path": "/elsewhere/",
                "public_key": "a2V5",
            }
        ]
    )
    bootstrap()
    [instance] = ServiceInstance.objects.all()
    assert instance.challenge_key == "a2V5"
    [alias] = instance.aliases.all()
    # Clients remember by the id which address worked.
    assert (alias.pk, alias.path) == (before, "elsewhere")


def test_instances_people_made_stay(lab):
    rekuest = ServiceInstance.objects.get(identifier="rekuest")
    ServiceInstance.objects.create(hub=rekuest.hub, release=rekuest.release, identifier="own")
    bootstrap()
    assert ServiceInstance.objects.filter(identifier="own").exists()


def test_a_second_bootstrap_changes_nothing_and_asks_little(lab, django_assert_max_num_queries):
    before = set(ServiceInstance.objects.values_list("pk", flat=True))
    # One organization; half of the statements are savepoints of the test's own transaction.
    with django_assert_max_num_queries(24):
        bootstrap()
    assert set(ServiceInstance.objects.values_list("pk", flat=True)) == before


def test_services_declare_roles_and_scopes_and_take_them_back(lab, configured):
    plain = {"identifier": "rekuest", "service": "live.arkitekt.rekuest", "path": "rekuest"}
    entry = {
        **plain,
        "roles": {"operator": "Runs the queue", "admin": "not theirs to change"},
        "scopes": {"rekuest.assign": "Start work for you"},
    }
    organization = lab.organization
    hub = organization.hubs.get()
    own = Role.objects.create(organization=organization, identifier="microscopist")
    configured(instances=[entry])
    organization_provision(organization=organization, hub=hub)
    declared = Role.objects.get(organization=organization, identifier="operator")
    assert declared.declared_by == "live.arkitekt.rekuest"
    assert Role.objects.get(organization=organization, identifier="admin").declared_by == ""
    assert "rekuest.assign" in known_scopes(organization)
    configured(instances=[plain])
    organization_provision(organization=organization, hub=hub)
    assert not Role.objects.filter(identifier="operator").exists()
    assert "rekuest.assign" not in known_scopes(organization)
    assert Role.objects.filter(pk=own.pk).exists(), "people's own roles stay"


def test_a_founder_owns_and_manages_what_they_founded(lab):
    made = organization_found(principal=principal(lab), name="Zweites Labor!", description="d")
    assert (made.slug, made.owner, made.description) == ("zweites-labor", lab.user, "d")
    membership = made.memberships.get()
    assert [role.identifier for role in membership.roles.all()] == ["admin"]
    with pytest.raises(Conflict):
        organization_found(principal=principal(lab), name="Zweites Labor")


@pytest.mark.parametrize("name", ["", "!!!", "   "])
def test_an_organization_needs_a_name_that_gives_a_slug(lab, name):
    with pytest.raises(InvalidInput):
        organization_found(principal=principal(lab), name=name)


def test_only_admins_found_organizations(lab):
    with pytest.raises(PermissionDenied):
        organization_found(principal=principal(member(lab, "eve", "editor")), name="x")
