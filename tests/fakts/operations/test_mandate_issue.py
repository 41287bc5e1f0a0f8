"""Bounds of issuing; what is admitted is tested over GraphQL."""

from __future__ import annotations

import pytest
from appside import manifest
from people import deployer_client, member, principal, web_app

from chassis.errors import InvalidInput, NotFound, PermissionDenied, Unauthenticated
from fakts_server.models.client import Client
from fakts_server.models.mandate import Mandate
from fakts_server.operations.mandate_issue import (
    Ceiling,
    mandate_child_key_issue,
    mandate_create,
    mandate_key_issue,
)
from fakts_server.operations.user import member_remove
from fakts_server.wire.manifest import ManifestBody

CEILING = Ceiling(ManifestBody.model_validate(manifest()))


@pytest.fixture
def caller(lab, mint, approve, api):
    def token(**changes):
        if not Client.objects.exists():
            approve(api.start())
        claims = {
            "sub": str(lab.user_id),
            "org": str(lab.organization_id),
            "client_id": Client.objects.get().client_id,
            **changes,
        }
        return mint.member(**claims).principal

    return token


@pytest.mark.parametrize("days", [0, -1, 366, 10**9])
def test_the_life_of_a_mandate_is_bounded(caller, days):
    with pytest.raises(InvalidInput):
        mandate_create(principal=caller(), ceiling=CEILING, agent="org.agent", expires_in_days=days)


def test_an_agent_has_a_name(caller):
    with pytest.raises(InvalidInput):
        mandate_create(principal=caller(), ceiling=CEILING, agent="")


def test_an_agent_user_is_a_member_here(caller, rival):
    with pytest.raises(NotFound):
        mandate_create(
            principal=caller(), ceiling=CEILING, agent="org.agent", agent_user=rival.user_id
        )


@pytest.mark.parametrize(
    ("claims", "error"),
    [
        ({"roles": []}, PermissionDenied),
        ({"client_id": "gone"}, Unauthenticated),
        ({"sub": "999999"}, Unauthenticated),
        ({"org": "999999"}, Unauthenticated),
    ],
)
def test_the_token_is_held_against_what_is_now(caller, claims, error):
    with pytest.raises(error):
        mandate_key_issue(principal=caller(**claims), ceiling=CEILING, expires_in_days=1)


def _agent_mandate(who, **manifest):
    body = {"identifier": "org.example.sub", "version": "1", "scopes": ["read"], **manifest}
    return mandate_create(
        principal=who, ceiling=Ceiling(ManifestBody.model_validate(body)), agent="org.example.dep"
    )


def test_a_person_in_our_own_web_app_approves_for_themselves(lab):
    web_app(lab, first_party=True)
    mandate = _agent_mandate(principal(lab, client="dashboard", scopes=frozenset({"openid"})))
    assert (mandate.origin, mandate.issuing_client, mandate.grantor) == ("member", None, lab)
    assert mandate.hub.organization == lab.organization


def test_a_person_in_our_own_web_app_grants_no_invented_scope(lab):
    web_app(lab, first_party=True)
    with pytest.raises(InvalidInput) as refused:
        _agent_mandate(principal(lab, client="dashboard"), scopes=["invented"])
    assert refused.value.field == "manifest.scopes"


def test_a_web_app_of_others_hands_on_what_it_was_granted(lab):
    client = web_app(lab, first_party=False)
    who = principal(lab, client="dashboard")
    with pytest.raises(InvalidInput):
        _agent_mandate(who)
    client.granted_scopes = ["openid", "read"]
    client.save()
    mandate = _agent_mandate(who)
    assert (mandate.origin, mandate.issuing_client) == ("client", client)


def test_the_client_id_of_a_container_is_known_before_it_starts(api, lab):
    web_app(lab, first_party=True)
    mandate = _agent_mandate(principal(lab, client="dashboard"))
    deployer_client(lab)
    deployer = principal(lab, client="deployer-1", app="org.example.dep")
    child, key = mandate_child_key_issue(
        principal=deployer, mandate_id=mandate.pk, device_id="node-1"
    )
    wish = {"identifier": "org.example.sub", "version": "1", "requirements": []}
    first = api.mandate(key, **wish, device_id="node-1", scopes=["read"]).json()
    again = api.mandate(key, **wish, device_id="node-1", scopes=["read"]).json()
    assert first["client_id"] == again["client_id"] == child.client_id_offered


def test_a_mandate_dies_with_its_grantor(api, lab):
    eve = member(lab, "eve")
    web_app(eve, first_party=True)
    mandate = _agent_mandate(principal(eve, client="dashboard"))
    deployer_client(lab)
    deployer = principal(lab, client="deployer-1", app="org.example.dep")
    _, key = mandate_child_key_issue(principal=deployer, mandate_id=mandate.pk, device_id="n")
    wish = {"identifier": "org.example.sub", "version": "1", "requirements": []}
    assert api.mandate(key, **wish, device_id="n").status_code == 200
    eve.is_blocked = True
    eve.save()
    assert api.mandate(key, **wish, device_id="n").json()["error"] == "invalid_grant"
    member_remove(membership=eve)
    assert api.mandate(key, **wish, device_id="n").json()["error"] == "invalid_grant"
    assert not Mandate.objects.exists()
