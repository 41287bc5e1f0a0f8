"""The token answer, as values."""

from __future__ import annotations

import jwt
import pytest

from fakts_server.domain.alias import AliasKind, AliasRule
from fakts_server.domain.origin import Origin
from fakts_server.domain.session import Session, Wire
from fakts_server.operations.envelope import envelope

ORIGIN = Origin("http", "localhost", 8000)


def session(**changes):
    rule = AliasRule("5", AliasKind.RELATIVE, "rekuest", "ht")
    values = {
        "client_pk": 1,
        "client_id": "c",
        "kind": "development",
        "role": "interface",
        "manifest": {},
        "scopes": ["openid", "read"],
        "statuses": {"r": "granted", "gone": "granted", "no": "denied"},
        "user_id": 7,
        "username": "ada",
        "organization_id": 3,
        "organization_slug": "lab",
        "hub_uid": "hub",
        "app": "org.example.app",
        "release": "1",
        "device": None,
        "is_welcome": True,
        "generation": 0,
        "roles": ["viewer"],
        "wires": [Wire("r", "rekuest", "live.arkitekt.rekuest", "a2V5", ["PEM"], [rule])],
    }
    return Session(**{**values, **changes})


@pytest.fixture
def answer(installed):
    return envelope(session=session(), origin=ORIGIN)


def test_challenge_key_and_certificates_are_told(answer):
    instance = answer["instances"]["r"]
    assert instance["challenge_key"] == {"kind": "ed25519", "key": "a2V5"}
    assert instance["tls"] == {"certificates": ["PEM"]}


def test_certificates_of_the_installation_are_told_to_those_who_came_by_https(installed, settings):
    settings.BAUHOF_CONFIG = settings.BAUHOF_CONFIG.model_copy(update={"certificates": ["ROOT"]})
    rule = AliasRule("5", AliasKind.RELATIVE, "rekuest", "ht")
    wires = [Wire("r", "rekuest", "live.arkitekt.rekuest", "a2V5", [], [rule])]

    def told(origin):
        return envelope(session=session(wires=wires), origin=origin)["instances"]["r"]["tls"]

    assert told(Origin("https", "lab.example")) == {"certificates": ["ROOT"]}
    # With certificates an app takes https addresses alone, and here there is none.
    assert told(ORIGIN) is None


def test_what_lost_its_instance_is_unavailable(answer):
    assert answer["statuses"] == {"r": "granted", "gone": "unavailable", "no": "denied"}


def test_scope_is_one_text_and_ids_are_texts(answer):
    assert answer["scope"] == "openid read"
    assert (answer["self"]["sub"], answer["self"]["organization"]) == ("7", "3")


def test_claims_are_those_services_read(answer, now):
    claims = jwt.decode(answer["access_token"], options={"verify_signature": False})
    assert claims["sub"] == "7"
    assert claims["org"] == "3"
    assert claims["aud"] == ["fakts", "rekuest"]
    assert claims["exp"] - claims["iat"] == answer["expires_in"]
    assert "client_device" not in claims
    assert None not in claims.values()
