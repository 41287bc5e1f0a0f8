"""Claims become a principal, or the token is a bad one."""

from __future__ import annotations

import time

import pytest

from chassis.errors import Unauthenticated
from chassis.graphql.context import Context, principal_in
from chassis.identity.principal import Principal, principal_from_claims

CLAIMS = {
    "iss": "bauhof",
    "sub": "7",
    "exp": 2_000_000_000,
    "client_id": "client",
    "preferred_username": "ada",
    "roles": ["admin", "user"],
    "scope": "openid profile",
    "org": "3",
    "active_org": "lab",
    "hub": "h1",
    "client_app": "org.example.app",
    "client_release": "1.2",
    "client_device": "d1",
    "jti": "t1",
    "email": "ada@example.org",
    "name": "Ada",
    "picture": None,
    "something": "else",
}


def test_every_claim_has_its_place() -> None:
    principal = principal_from_claims(CLAIMS)
    assert principal == Principal(
        subject="7",
        username="ada",
        organization="3",
        organization_slug="lab",
        client="client",
        roles=frozenset({"admin", "user"}),
        scopes=frozenset({"openid", "profile"}),
        issuer="bauhof",
        expires_at=2_000_000_000.0,
        hub="h1",
        app="org.example.app",
        release="1.2",
        device="d1",
        token_id="t1",
    )
    assert principal.profile == {"email": "ada@example.org", "name": "Ada"}


@pytest.mark.parametrize("name", ["hub", "client_app", "client_release", "client_device", "jti"])
def test_some_may_be_absent(name: str) -> None:
    changed = {key: value for key, value in CLAIMS.items() if key != name}
    assert principal_from_claims(changed).organization == "3"


def test_without_a_slug_the_organization_is_its_own() -> None:
    changed = {key: value for key, value in CLAIMS.items() if key != "active_org"}
    assert principal_from_claims(changed).organization_slug == "3"


def test_nobody_is_granted_nothing() -> None:
    principal = principal_from_claims({**CLAIMS, "roles": [], "scope": ""})
    assert (principal.roles, principal.scopes) == (frozenset(), frozenset())


@pytest.mark.parametrize("name", ["sub", "org", "client_id", "preferred_username", "iss"])
@pytest.mark.parametrize("value", [None, "", [], {}, True, 1.5])
def test_a_claim_of_the_wrong_kind_is_a_bad_token(name: str, value: object) -> None:
    with pytest.raises(Unauthenticated):
        principal_from_claims({**CLAIMS, name: value})


@pytest.mark.parametrize("roles", [None, "admin", {"admin": True}, ["admin", 1], [None], 5])
def test_roles_are_a_list_of_words(roles: object) -> None:
    with pytest.raises(Unauthenticated):
        principal_from_claims({**CLAIMS, "roles": roles})


def test_the_profile_does_not_make_another_principal() -> None:
    one = principal_from_claims(CLAIMS)
    other = principal_from_claims({**CLAIMS, "name": "Somebody"})
    assert one == other and hash(one) == hash(other)


def test_a_context_without_a_principal_is_refused() -> None:
    with pytest.raises(Unauthenticated):
        principal_in(Context(principal=None))


@pytest.mark.parametrize(("age", "refused"), [(0, False), (20, False), (60, True)])
def test_a_socket_that_outlives_its_token_is_asked_again(age: int, refused: bool) -> None:
    principal = principal_from_claims({**CLAIMS, "exp": time.time() - age})
    context = Context(principal=principal, is_websocket=True)
    if not refused:
        assert principal_in(context) is principal
        return
    with pytest.raises(Unauthenticated, match="expired"):
        principal_in(context)
