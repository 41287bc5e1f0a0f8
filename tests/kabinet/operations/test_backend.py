"""Backends and resources."""

from __future__ import annotations

import pytest

from chassis.errors import InvalidInput, NotFound, PermissionDenied
from kabinet_server.models import Backend, Resource
from kabinet_server.operations.backend import (
    backend_declare,
    backend_delete,
    own_backend,
    resource_declare,
)


def declare(who, name="Docker"):
    return backend_declare(principal=who, name=name, kind="docker")


def test_a_client_of_a_user_is_one_backend_whatever_its_name(ada, mint):
    first = declare(ada)
    again = declare(ada, "Renamed")
    assert (first.pk, again.name) == (again.pk, "Renamed")
    other = mint.member(sub="1", client_id="second-machine").principal
    assert declare(other).pk != first.pk
    assert again.last_heartbeat >= first.last_heartbeat


@pytest.mark.parametrize("name", ["", "  ", "x" * 401, "a\x00b"])
def test_a_backend_has_a_name(ada, name):
    with pytest.raises(InvalidInput) as caught:
        declare(ada, name)
    assert caught.value.field == "name"


def test_members_and_viewers_run_no_containers(mint, viewer):
    for who in (viewer, mint.member(roles=["user"]).principal):
        with pytest.raises(PermissionDenied):
            declare(who)
    assert declare(mint.member(roles=["deployer"]).principal).kind == "docker"


def test_only_a_declared_client_is_a_backend(ada):
    with pytest.raises(NotFound, match="declare it first"):
        own_backend(ada)
    assert own_backend(declare(ada) and ada).name == "Docker"


def test_qualifiers_come_back_as_they_went_and_are_replaced_whole(ada):
    backend = declare(ada)
    given = [{"key": "gpu", "value": "true"}, {"key": "site", "value": ""}]
    first = resource_declare(
        principal=ada, backend_id=backend.pk, local_id="node", qualifiers=given
    )
    assert (first.name, first.qualifiers) == ("node", given)
    again = resource_declare(principal=ada, backend_id=backend.pk, local_id="node", name="Node")
    assert (again.pk, again.name, again.qualifiers) == (first.pk, "Node", [])


def test_a_resource_belongs_to_the_callers_own_backend(ada, bob, mint):
    backend = declare(ada)
    with pytest.raises(NotFound):
        resource_declare(principal=bob, backend_id=backend.pk, local_id="node")
    colleague = mint.member(sub="9", client_id="another").principal
    with pytest.raises(PermissionDenied):
        resource_declare(principal=colleague, backend_id=backend.pk, local_id="node")
    with pytest.raises(InvalidInput, match="at most"):
        many = [{"key": str(n), "value": ""} for n in range(501)]
        resource_declare(principal=ada, backend_id=backend.pk, local_id="n", qualifiers=many)
    assert not Resource.objects.exists()


def test_a_backend_is_forgotten_by_itself_or_an_admin(ada, bob, mint):
    backend = declare(ada)
    with pytest.raises(NotFound):
        backend_delete(principal=bob, backend_id=backend.pk)
    deployer = mint.member(sub="9", client_id="another", roles=["deployer"]).principal
    with pytest.raises(PermissionDenied):
        backend_delete(principal=deployer, backend_id=backend.pk)
    assert backend_delete(principal=ada, backend_id=backend.pk) == str(backend.pk)
    assert not Backend.objects.exists()


async def test_a_forgotten_backend_takes_its_pods_along(shop):
    pod = await shop.running()
    [backend] = await shop.get("ListBackends")
    await shop.run("mutation($id: ID!) { deleteBackend(id: $id) }", id=backend["id"])
    assert await shop.codes("GetPod", id=pod["id"]) == ["NOT_FOUND"]
    assert await shop.get("ListDeployments") == []
    assert len(await shop.get("ListReleases")) == 1
