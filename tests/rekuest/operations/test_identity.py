"""Tokens become rows: made once, brought up to date, and the same whoever comes first."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from rows import count

from chassis.identity import Principal
from chassis.testing.mint import TokenMint
from rekuest_server import models
from rekuest_server.operations.identity import Identities, identity_mirror

mirror = sync_to_async(identity_mirror)
ROWS = (
    models.Organization,
    models.User,
    models.App,
    models.Release,
    models.Device,
    models.Client,
    models.Caller,
)


@pytest.fixture
def ada(application: Any, mint: TokenMint) -> Principal:
    """A person at an app on a machine."""
    principal = mint.member(client_id="desk").principal
    return replace(principal, app="org.example.desk", release="1.2", device="laptop")


async def counts() -> list[int]:
    return [await count(model) for model in ROWS]


async def test_a_principal_is_mirrored_whole_and_once(ada: Principal) -> None:
    before = await counts()
    first = await mirror(principal=ada)
    assert [after - earlier for after, earlier in zip(await counts(), before, strict=True)] == [
        1
    ] * len(ROWS)
    assert await mirror(principal=ada) == first
    client = await sync_to_async(
        models.Client.objects.select_related("release__app", "device").get
    )(pk=first.client_id)
    assert client.release is not None
    assert client.device is not None
    assert client.release.app.identifier == "org.example.desk"
    assert (client.release.version, client.device.device_id) == ("1.2", "laptop")
    assert (first.user, first.organization_slug) == (ada.subject, ada.organization_slug)


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"release": "1.3"}, "release__version", "1.3"),
        ({"release": None}, "release__version", "0"),
        ({"app": "org.example.other"}, "release__app__identifier", "org.example.other"),
        ({"app": None}, "release__app__identifier", "desk"),
        ({"device": "workstation"}, "device__device_id", "workstation"),
        ({"device": None}, "device__device_id", None),
    ],
)
async def test_a_client_that_changed_keeps_its_row(
    ada: Principal, changes: dict[str, Any], field: str, value: str | None
) -> None:
    first = await mirror(principal=ada)
    second = await mirror(principal=replace(ada, **changes))
    assert second == first
    rows = models.Client.objects.filter(pk=first.client_id)
    assert await sync_to_async(lambda: rows.values_list(field, flat=True).get())() == value
    assert await mirror(principal=ada) == first
    assert await sync_to_async(lambda: rows.values_list("release__version").get())() == ("1.2",)


@pytest.mark.parametrize(
    "changes", [{"subject": "77"}, {"client": "bench"}, {"organization": "78"}]
)
async def test_another_person_client_or_organization_is_another_caller(
    ada: Principal, changes: dict[str, Any]
) -> None:
    first = await mirror(principal=ada)
    other = await mirror(principal=replace(ada, **changes))
    assert other.caller_id != first.caller_id
    same = {
        "user_id": "subject" not in changes,
        "client_id": "client" not in changes,
        "organization_id": "organization" not in changes,
    }
    assert {name: getattr(other, name) == getattr(first, name) for name in same} == same


async def test_an_organization_is_known_by_its_id_and_called_by_its_present_name(
    ada: Principal,
) -> None:
    identities = Identities()
    first = await identities.of(ada)
    renamed = await identities.of(replace(ada, organization_slug="renamed"))
    assert renamed.organization_id == first.organization_id
    assert renamed.organization_slug == "renamed"
    row = await sync_to_async(models.Organization.objects.get)(pk=first.organization_id)
    assert row.slug == "renamed"


async def test_who_is_known_costs_no_statement(ada: Principal) -> None:
    identities = Identities()
    known = await identities.of(ada)
    await sync_to_async(models.User.objects.filter(pk=known.user_id).update)(username="changed")
    assert await identities.of(ada) is known
    row = await sync_to_async(models.User.objects.get)(pk=known.user_id)
    assert row.username == "changed"


async def test_many_who_come_at_once_are_one(ada: Principal) -> None:
    identities = Identities()
    found = await asyncio.gather(*(identities.of(ada) for _ in range(8)))
    assert len(set(found)) == 1
    assert await count(models.Caller, pk=found[0].caller_id) == 1


async def test_a_user_is_called_as_the_token_says(ada: Principal) -> None:
    first = await mirror(principal=ada)
    await mirror(principal=replace(ada, username="ada.l"))
    row = await sync_to_async(models.User.objects.get)(pk=first.user_id)
    assert (row.username, str(row)) == ("ada.l", "ada.l")
    await mirror(principal=replace(ada, username=""))
    row = await sync_to_async(models.User.objects.get)(pk=first.user_id)
    assert str(row) == ada.subject
