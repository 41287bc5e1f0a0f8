"""Choosing the hub and the instances of a waiting app through the API."""

from __future__ import annotations

import pytest
from appside import Api, requirement
from asgiref.sync import sync_to_async
from people import member

from fakts_server.models.instance import ServiceInstance, ServiceRelease
from fakts_server.models.organization import Hub
from fakts_server.models.setting import Strategy

NEEDS = [
    requirement("rekuest", "live.arkitekt.rekuest"),
    requirement("images", "live.arkitekt.mikro", optional=True),
]
SHOWN = """query ($code: String!, $hub: ID) { deviceCodeByCode(code: $code, hub: $hub) {
  hub hubId admission problem hubs { id name }
  change { asksForMore versionBefore newScopes newServices goneServices goneScopes nowRequired }
  requirements { key status options { id identifier isDefault version provides } } } }"""
ACCEPT = """mutation ($input: AcceptDeviceCodeInput!) {
  acceptDeviceCode(input: $input) { mappings { key instance { id } } } }"""


@sync_to_async
def started(**changes) -> str:
    return str(Api().start(requirements=NEEDS, **changes)["user_code"])


@pytest.fixture
def annex(ours):
    """A second hub of ours with rekuest, and a second mikro in the first."""
    organization = ours.membership.organization
    hub = Hub.objects.create(organization=organization, identifier="annex", name="Annex")

    def instance(hub: Hub, name: str, service: str, **more) -> None:
        release = ServiceRelease.objects.filter(service__organization=organization)
        release = release.filter(service__identifier=f"live.arkitekt.{service}").first()
        ServiceInstance.objects.create(hub=hub, identifier=name, release=release, **more)

    instance(hub, "rekuest", "rekuest")
    instance(ours.instance.hub, "mikro-2", "mikro", is_default=True, provides=["cuda"])
    return hub


async def show(graphql, who, code, hub=None):
    return (await graphql(SHOWN, who, code=code, hub=hub)).ok()["deviceCodeByCode"]


async def test_what_could_answer_is_shown_the_default_first(graphql, ours, annex):
    seen = await show(graphql, ours.member, await started(device_id="new"))
    assert (seen["hub"], seen["admission"], seen["change"]) == ("default", "open", None)
    assert [hub["name"] for hub in seen["hubs"]] == ["default", "Annex"]
    wanted = {one["key"]: one for one in seen["requirements"]}
    assert wanted["images"]["status"] == "granted"
    assert [one["identifier"] for one in wanted["images"]["options"]] == ["mikro-2", "mikro"]
    assert wanted["images"]["options"][0]["provides"] == ["cuda"]
    assert [one["isDefault"] for one in wanted["images"]["options"]] == [True, False]


async def test_another_hub_answers_differently(graphql, ours, annex):
    seen = await show(graphql, ours.member, await started(), hub=str(annex.pk))
    assert (seen["hub"], seen["hubId"]) == ("Annex", str(annex.pk))
    assert {one["key"]: one["status"] for one in seen["requirements"]} == {
        "rekuest": "granted",
        "images": "unavailable",
    }
    assert seen["problem"] is None


async def test_what_was_chosen_answers_and_is_compared_next_time(graphql, ours, annex):
    code = await started(device_id="bench")
    seen = await show(graphql, ours.member, code)
    second = seen["requirements"][1]["options"][1]["id"]
    picked = {"code": code, "choices": [{"key": "images", "instance": second}]}
    accepted = (await graphql(ACCEPT, ours.member, input=picked)).ok()["acceptDeviceCode"]
    wired = {one["key"]: one["instance"]["id"] for one in accepted["mappings"]}
    assert wired["images"] == second

    again = await started(device_id="bench", version="2", scopes=["openid", "read"])
    seen = await show(graphql, ours.member, again)
    assert seen["requirements"][1]["options"][0]["id"] == second
    assert seen["change"] == {
        "asksForMore": True,
        "versionBefore": "0.2.0",
        "newScopes": ["read"],
        "newServices": [],
        "goneServices": [],
        "goneScopes": [],
        "nowRequired": [],
    }


async def test_a_choice_that_answers_nothing_is_refused(graphql, ours, theirs, annex):
    code = await started()
    for key, instance in (("rekuest", ours.instance), ("images", theirs.instance)):
        picked = {"code": code, "choices": [{"key": key, "instance": str(instance.pk)}]}
        if key == "rekuest":
            picked["hub"] = str(annex.pk)
        answer = await graphql(ACCEPT, ours.member, input=picked)
        assert answer.codes == ["INVALID_INPUT"]


@pytest.mark.parametrize(
    ("known", "admission"),
    [
        ([], "unknown_app"),
        ([{"identifier": "org.example.blobs", "versions": ["9"]}], "unknown_version"),
        ([{"identifier": "org.example.blobs", "versions": None}], "open"),
    ],
)
async def test_members_are_told_whose_word_counts(graphql, ours, as_member, known, admission):
    @sync_to_async
    def prepared():
        organization = ours.membership.organization
        Strategy.objects.create(organization=organization, approval="admin", known_apps=known)
        return as_member(member(ours.membership, "eve"), roles=["user"])

    eve = await prepared()
    code = await started()
    assert (await show(graphql, eve, code))["admission"] == admission
    assert (await show(graphql, ours.member, code))["admission"] == "open"
    answer = await graphql(ACCEPT, eve, input={"code": code})
    assert answer.codes == ([] if admission == "open" else ["CONFLICT"])
