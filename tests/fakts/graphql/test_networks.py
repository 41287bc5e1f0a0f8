"""The networks an organization's instances are reached through."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async

from fakts_server.models.instance import InstanceAlias

LAYERS = """query ($filters: LayerFilter, $page: OffsetPaginationInput) {
  layers(filters: $filters, pagination: $page) { id name } }"""


@pytest.fixture
def hosted(ours):
    """Our instance with an address of its own beside the relative one."""
    InstanceAlias.objects.create(instance=ours.instance, kind="absolute", host="gpu")
    return ours


def names(answer):
    return [one["name"] for one in answer.ok()["layers"]]


async def test_layers_are_those_that_occur(graphql, hosted, theirs):
    assert names(await graphql(LAYERS, hosted.member)) == ["Platform", "Hosts"]
    assert names(await graphql(LAYERS, theirs.member)) == ["Platform"]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"filters": {"search": "host"}}, ["Hosts"]),
        ({"filters": {"ids": ["nowhere"]}}, []),
        ({"page": {"offset": 1}}, ["Hosts"]),
        ({"page": {"limit": 1}}, ["Platform"]),
    ],
)
async def test_layers_are_narrowed(graphql, hosted, variables, expected):
    assert names(await graphql(LAYERS, hosted.member, **variables)) == expected


async def test_an_alias_names_its_layer_which_others_do_not_find(graphql, hosted, theirs):
    @sync_to_async
    def instance() -> str:
        return str(hosted.instance.pk)

    asked = "query ($i: ID!) { serviceInstance(id: $i) { aliases { kind layer { id name } } } }"
    found = (await graphql(asked, hosted.member, i=await instance())).ok()
    layers = {one["kind"]: one["layer"] for one in found["serviceInstance"]["aliases"]}
    assert layers["absolute"]["name"] == "Hosts"
    assert layers["relative"]["name"] == "Platform"
    one = "query ($i: ID!) { layer(id: $i) { name } }"
    ours = await graphql(one, hosted.member, i=layers["absolute"]["id"])
    assert ours.ok()["layer"]["name"] == "Hosts"
    foreign = await graphql(one, theirs.member, i=layers["absolute"]["id"])
    assert foreign.codes == ["NOT_FOUND"]
