"""Registering web apps."""

from __future__ import annotations

import pytest

from chassis.errors import Conflict, InvalidInput
from fakts_server.domain.secret import digest
from fakts_server.models.client import Client
from fakts_server.models.relying_party import RelyingParty
from fakts_server.operations.relying_party import (
    dashboard_ensure,
    relying_party_create,
    relying_party_remove,
)

pytestmark = pytest.mark.django_db
BACK = ["https://a.example/done"]


def test_the_dashboard_is_registered_once_and_follows_the_version():
    first = dashboard_ensure()
    RelyingParty.objects.filter(pk=first.pk).update(redirect_uris=["/old"], name="Old")
    again = dashboard_ensure()
    assert again.pk == first.pk
    assert (again.name, again.redirect_uris) == ("Dashboard", ["/login/done", "/login/silent"])


def test_the_dashboard_cannot_be_removed():
    with pytest.raises(Conflict):
        relying_party_remove(party=dashboard_ensure())
    assert RelyingParty.objects.filter(client_id="dashboard").exists()


def test_a_secret_is_shown_once_and_kept_as_its_hash():
    party, key = relying_party_create(
        client_id="a", name="A", redirect_uris=BACK, is_confidential=True
    )
    assert key is not None
    assert key.startswith("bws_")
    assert party.secret_hash == digest(key)
    assert key not in str(party.__dict__)


def test_an_app_in_the_browser_has_no_secret():
    party, key = relying_party_create(client_id="a", name="A", redirect_uris=BACK)
    assert key is None
    assert party.secret_hash == ""


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"redirect_uris": []}, "redirect_uris"),
        ({"redirect_uris": ["http://a.example/"]}, "redirect_uris"),
        ({"redirect_uris": [*BACK, "javascript:alert(1)"]}, "redirect_uris"),
        (
            {"redirect_uris": BACK, "post_logout_redirect_uris": ["//evil"]},
            "post_logout_redirect_uris",
        ),
    ],
)
def test_addresses_that_cannot_be_trusted_are_refused(fields, field):
    with pytest.raises(InvalidInput) as caught:
        relying_party_create(client_id="a", name="A", **fields)
    assert caught.value.field == field
    assert not RelyingParty.objects.exists()


def test_a_name_is_taken_once():
    relying_party_create(client_id="a", name="A", redirect_uris=BACK)
    with pytest.raises(Conflict):
        relying_party_create(client_id="a", name="B", redirect_uris=BACK)
    assert RelyingParty.objects.get(client_id="a").name == "A"


def test_removing_a_web_app_ends_what_it_holds(lab):
    party, _ = relying_party_create(client_id="a", name="A", redirect_uris=BACK)
    Client.objects.create(client_id="x", relying_party=party, membership=lab)
    relying_party_remove(party=party)
    assert not Client.objects.filter(client_id="x").exists()
