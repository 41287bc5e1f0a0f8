"""The one query of the skeleton: who am I, asked by members, strangers and the roleless."""

from __future__ import annotations

import pytest

ME = "{ me { sub preferredUsername } }"


async def test_me_is_the_person_of_the_token(graphql, mint):
    answer = await graphql(ME, mint.member(sub="7", preferred_username="grace"))
    assert answer.ok() == {"me": {"sub": "7", "preferredUsername": "grace"}}


async def test_me_differs_between_organizations(graphql, two_organizations):
    first, second = two_organizations
    assert (await graphql(ME, first)).ok()["me"]["sub"] == first.principal.subject
    assert (await graphql(ME, second)).ok()["me"]["sub"] == second.principal.subject


async def test_me_refuses_a_request_without_a_token(graphql):
    answer = await graphql(ME)
    assert answer.codes == ["UNAUTHENTICATED"]
    assert answer.data is None


async def test_me_refuses_a_member_without_a_role(graphql, mint):
    answer = await graphql(ME, mint.member(roles=[]))
    assert (answer.status, answer.codes) == (200, ["PERMISSION_DENIED"])


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": ["somebody-else"]},
        {"iss": "somebody-else"},
        {"exp": 1_000_000_000},
        {"org": None},
    ],
    ids=["audience", "issuer", "expired", "no organization"],
)
async def test_a_token_for_somebody_else_opens_no_door(http, mint, claims):
    token = mint.sign(mint.claims(**claims))
    answer = await http.post(
        "/kabinet/graphql", json={"query": ME}, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 403, answer.text
    assert "grace" not in answer.text
