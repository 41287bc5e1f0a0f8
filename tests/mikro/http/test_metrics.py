"""What mikro tells of the object store and of what is kept in it."""

from __future__ import annotations

import asyncio
import socket

import pytest
from asgiref.sync import sync_to_async
from prometheus_client import CollectorRegistry, generate_latest

from chassis.objectstore.config import ObjectStoreConfig
from chassis.objectstore.stores import open_store
from chassis.parts.lookup import LookedUp
from mikro_server.adapters.objects import set_object_store
from mikro_server.http import metrics
from mikro_server.models import Organization, Usage, User

pytestmark = pytest.mark.usefixtures("application")


@sync_to_async
def told() -> dict[str, float]:
    registry = CollectorRegistry()
    registry.register(LookedUp(metrics.look))
    text = generate_latest(registry).decode()
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


@sync_to_async
def keep(organization: str, user: str, size: int, stores: int) -> None:
    Organization.objects.get_or_create(id=organization)
    User.objects.get_or_create(id=user)
    Usage.objects.create(
        organization_id=organization, user_id=user, stored_bytes=size, stores=stores
    )


async def test_a_store_that_answers_is_up(objects):
    found = await told()
    assert found["bauhof_objectstore_up"] == 1
    assert found["bauhof_objectstore_head_seconds"] >= 0


async def test_nothing_kept_is_nought(objects):
    found = await told()
    assert (found["bauhof_mikro_stored_bytes"], found["bauhof_mikro_stores"]) == (0, 0)


async def test_what_all_keep_is_told_as_one_sum(objects):
    await keep("acme", "ada", 1000, 2)
    await keep("other", "bob", 500, 1)
    found = await told()
    assert (found["bauhof_mikro_stored_bytes"], found["bauhof_mikro_stores"]) == (1500, 3)
    assert not any("acme" in name or "ada" in name for name in found)


async def test_before_the_store_is_connected_it_is_away(objects):
    set_object_store(None)
    found = await told()
    assert found["bauhof_objectstore_up"] == 0
    assert "bauhof_objectstore_head_seconds" not in found
    assert "bauhof_mikro_stores" in found


@pytest.mark.parametrize("silent", [False, True])
async def test_a_store_that_is_away_or_silent_is_said_to_be(tmp_path, silent):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        if silent:
            listener.listen()
        config = ObjectStoreConfig(uds=tmp_path / "s", secret_file=tmp_path / "key")
        store = open_store(config)
        set_object_store(store)
        found = await asyncio.wait_for(told(), 120)
        await store.aclose()
    assert found["bauhof_objectstore_up"] == 0


async def test_the_view_tells_of_both(http, objects):
    answer = await http.get("/mikro/metrics")
    assert answer.status_code == 200
    for name in ("bauhof_objectstore_up", "bauhof_mikro_stored_bytes", "bauhof_postgres_up"):
        assert f"\n{name} " in answer.text
