"""Codes of web apps below the HTTP layer: wiring, exchange, and races."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from chassis import clock
from fakts_server.domain.authorization import challenge_of
from fakts_server.domain.errors import AccessDenied, InvalidGrant
from fakts_server.domain.origin import Origin
from fakts_server.models.client import Client
from fakts_server.models.credential import RefreshToken
from fakts_server.models.instance import ServiceInstance
from fakts_server.models.relying_party import RelyingParty
from fakts_server.models.setting import Strategy
from fakts_server.operations.authorization import (
    Login,
    authorization_grant,
    authorization_redeem,
)
from fakts_server.operations.relying_party import dashboard_ensure
from fakts_server.operations.removal import client_remove
from fakts_server.wire.token import AuthorizationCodeForm

ORIGIN = Origin("http", "localhost", 8000)
BACK = "http://localhost:8000/login/done"
VERIFIER = "v" * 43


def grant(membership, scopes=("openid",), party=None):
    return authorization_grant(
        login=Login(
            party=party or dashboard_ensure(),
            membership=membership,
            redirect_uri=BACK,
            challenge=challenge_of(VERIFIER),
            scopes=list(scopes),
            nonce="",
            logged_in_at=clock.now(),
            browser_session="s",
        )
    )


def redeem(code):
    form = AuthorizationCodeForm(
        code=code, redirect_uri=BACK, client_id="dashboard", code_verifier=VERIFIER
    )
    return authorization_redeem(form=form, origin=ORIGIN, issuer="http://localhost:8000/fakts")


def test_a_service_that_was_added_is_there_at_the_next_renewal(lab):
    ServiceInstance.objects.filter(identifier="mikro").delete()
    assert set(redeem(grant(lab))["instances"]) == {"rekuest", "s3"}
    rekuest = ServiceInstance.objects.get(identifier="rekuest", hub__organization=lab.organization)
    ServiceInstance.objects.create(
        hub=rekuest.hub, release=rekuest.release, identifier="another", is_default=False
    )
    # The same kind of service once more: each name leads to the one apps would get.
    assert set(redeem(grant(lab))["instances"]) == {"another", "rekuest", "s3"}


def test_what_was_agreed_to_stays_when_less_is_asked_for(lab):
    redeem(grant(lab, ["openid", "read", "write"]))
    assert redeem(grant(lab, ["openid"]))["scope"].split() == ["openid", "read", "write"]


def test_a_removed_client_takes_its_codes_along(lab):
    code = grant(lab)
    client_remove(client=Client.objects.get(relying_party__client_id="dashboard"))
    with pytest.raises(InvalidGrant):
        redeem(code)


@pytest.mark.django_db(transaction=True)
def test_of_two_exchanges_at_once_one_wins_and_is_then_ended(lab):
    code = grant(lab, ["openid", "offline_access"])

    def run(_):
        try:
            return redeem(code)["token_type"]
        except InvalidGrant:
            return "refused"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(run, range(4)))
    assert outcomes == ["Bearer", "refused", "refused", "refused"]
    assert not RefreshToken.objects.filter(revoked_at__isnull=True).exists()


@pytest.mark.parametrize(
    ("kinds", "opens"),
    [([], True), (["web"], True), (["web", "mandate_key"], True), (["mandate_key"], False)],
)
def test_the_strategy_decides_whether_web_apps_log_people_in(lab, kinds, opens):
    Strategy.objects.create(organization=lab.organization, login_kinds=kinds)
    party = RelyingParty.objects.create(
        client_id="shop", name="Shop", organization=lab.organization, redirect_uris=[BACK]
    )
    if opens:
        assert grant(lab, party=party)
    else:
        with pytest.raises(AccessDenied, match="through web apps"):
            grant(lab, party=party)
        assert not Client.objects.filter(relying_party=party).exists()
    # The platform's own pages stay open, or nobody could change it back.
    assert redeem(grant(lab))["access_token"]
