"""Lists over many rows: what is read with the rows is answered without a thread for each."""

from __future__ import annotations

from datetime import timedelta

import pytest
from asgiref.sync import SyncToAsync, sync_to_async

from chassis import clock
from fakts_server.models.app import App, Device, Release
from fakts_server.models.client import Client
from fakts_server.models.credential import RefreshToken
from fakts_server.selectors.instance import default_hub

MANY = 30
CLIENT = (
    "id name functional public kind role publicSources { url } issueUrl user { username }"
    " release { version app { identifier } } node { name }"
)
LISTS = {
    "clients": f"{{ clients {{ {CLIENT} }} }}",
    "apps": "{ apps { identifier releases { version } } }",
    "releases": "{ releases { version clients { clientId } } }",
    "devices": f"{{ devices {{ name clients {{ {CLIENT} }} }} }}",
    "appSessions": f"{{ appSessions {{ id client {{ {CLIENT} }} }} }}",
}


@pytest.fixture
def hops(monkeypatch) -> list[object]:
    """Everything that was sent to a thread."""
    sent: list[object] = []
    original = SyncToAsync.__call__

    def noted(self, *args, **kwargs):
        sent.append(self.func)
        return original(self, *args, **kwargs)

    monkeypatch.setattr(SyncToAsync, "__call__", noted)
    return sent


def add(membership, count):
    organization = membership.organization
    hub, now = default_hub(organization), clock.now()
    made = Client.objects.count()
    for number in range(made, made + count):
        app = App.objects.create(organization=organization, identifier=f"org.example.n{number}")
        release = Release.objects.create(
            app=app, version="1", public_sources=[{"kind": "git", "url": f"https://x/{number}"}]
        )
        device = Device.objects.create(
            organization=organization, fingerprint=f"f{number}", name=f"machine {number}"
        )
        client = Client.objects.create(
            client_id=f"many-{number}",
            membership=membership,
            hub=hub,
            release=release,
            device=device,
            client_secret="",
            hash_client_secret=False,
            client_type=Client.CLIENT_PUBLIC,
        )
        RefreshToken.objects.create(
            token_hash=f"h{number}",
            client=client,
            chain_started_at=now,
            issued_at=now,
            expires_at=now + timedelta(days=1),
        )


@pytest.mark.parametrize("name", LISTS)
async def test_no_thread_is_sent_for_a_row(graphql, ours, hops, name):
    await sync_to_async(add)(ours.membership, 2)
    hops.clear()
    few = (await graphql(LISTS[name], ours.member)).ok()[name]
    for_few = len(hops)
    await sync_to_async(add)(ours.membership, MANY)
    hops.clear()
    many = (await graphql(LISTS[name], ours.member)).ok()[name]
    assert len(many) == len(few) + MANY
    assert len(hops) == for_few


async def test_what_a_row_says_is_the_same_as_that_of_its_client_alone(graphql, ours):
    await sync_to_async(add)(ours.membership, 3)
    rows = (await graphql(LISTS["clients"], ours.member)).ok()["clients"]
    for row in rows:
        one = f"{{ client(id: {row['id']}) {{ {CLIENT} }} }}"
        assert (await graphql(one, ours.member)).ok()["client"] == row
    assert rows[-1]["user"]["username"] == "ada"
    assert rows[-1]["name"] == "org.example.n3:1 by ada on machine 3"


async def test_sessions_come_in_pages_the_last_used_first(graphql, ours):
    await sync_to_async(add)(ours.membership, 5)
    every = (await graphql("{ appSessions { id } }", ours.member)).ok()["appSessions"]
    page = "{ appSessions(pagination: {offset: %d, limit: 2}) { id } }"
    cut = [
        one
        for offset in (0, 2, 4)
        for one in (await graphql(page % offset, ours.member)).ok()["appSessions"]
    ]
    assert len(every) == 5
    assert cut == every
    answer = await graphql("{ appSessions(pagination: {offset: -1}) { id } }", ours.member)
    assert answer.codes == ["INVALID_INPUT"]
