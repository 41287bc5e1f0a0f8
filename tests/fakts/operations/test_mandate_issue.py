"""Bounds of issuing; what is admitted is tested over GraphQL."""

from __future__ import annotations

import pytest
from appside import manifest

from chassis.errors import InvalidInput, NotFound, PermissionDenied, Unauthenticated
from fakts_server.models.client import Client
from fakts_server.operations.mandate_issue import Ceiling, mandate_create, mandate_key_issue
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
