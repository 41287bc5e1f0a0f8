"""Filters and orders of lists, over a store with several of everything."""

from __future__ import annotations

import pytest
import pytest_asyncio
from images import image as image_of
from images import implementation, inspection

PURE = implementation("pure_one", pure=True, collections=["math"], kind="GENERATOR")
PORT = {"key": "image", "kind": "STRUCTURE", "identifier": "@mikro/image", "nullable": False}
VIEW = implementation("view_image", args=[PORT], idempotent=True)


@pytest_asyncio.fixture
async def store(shop):
    first = inspection(implementations=[PURE, implementation("double")])
    await shop.get("CreateAppImage", input=image_of("org.example.math", inspection=first))
    second = inspection(implementations=[VIEW])
    await shop.get("CreateAppImage", input=image_of("org.example.view", inspection=second))
    return shop


async def names(store, filters):
    text = "query($filters: DefinitionFilter) { definitions(filters: $filters) { name } }"
    return [one["name"] for one in await store.run(text, filters=filters)]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["Double", "Pure one", "View image"]),
        ({"search": "VIEW"}, ["View image"]),
        ({"search": "what double"}, ["Double"]),
        ({"search": "100%"}, []),
        ({"kinds": ["GENERATOR"]}, ["Pure one"]),
        ({"scopes": ["LOCAL"]}, []),
        ({"pure": True}, ["Pure one"]),
        ({"idempotent": False}, ["Double", "Pure one"]),
        ({"hasTests": True}, []),
        ({"hasTests": False, "search": "double"}, ["Double"]),
        ({"alreadyDeployed": False}, ["Double", "Pure one", "View image"]),
        ({"alreadyDeployed": True}, []),
        ({"interfaces": ["@a/b"]}, []),
        ({"similarTo": "1"}, []),
        (
            {"definedAfter": "2020-01-01T00:00:00Z", "search": "d"},
            ["Double", "Pure one", "View image"],
        ),
        ({"definedBefore": "2020-01-01T00:00:00Z"}, []),
        (
            {"demands": [{"kind": "ARGS", "matches": [{"identifier": "@mikro/image"}]}]},
            ["View image"],
        ),
        ({"demands": [{"kind": "RETURNS", "forceLength": 2}]}, []),
        ({"OR": {"search": "view"}, "search": "double"}, ["Double", "View image"]),
        ({"NOT": {"search": "view"}}, ["Double", "Pure one"]),
        (
            {"requires": [{"key": "@kabinet/kind", "operator": "EQUALS", "value": "GENERATOR"}]},
            ["Pure one"],
        ),
    ],
)
async def test_definitions_are_narrowed(store, filters, expected):
    assert await names(store, filters) == expected


async def test_definitions_are_narrowed_by_what_they_are_linked_to(store):
    [collection] = (await store.run("{ definitions { collections { id name } } }"))[1][
        "collections"
    ]
    assert collection["name"] == "math"
    assert await names(store, {"collections": [collection["id"]]}) == ["Pure one"]
    apps = await store.run("{ apps { id identifier } }")
    view = next(one["id"] for one in apps if one["identifier"].endswith("view"))
    assert await names(store, {"apps": [view]}) == ["View image"]
    assert await names(store, {"flavours": [], "protocols": []}) == []
    flavour = (await store.get("ListFlavours"))[0]["id"]
    assert len(await names(store, {"flavours": [flavour]})) in {1, 2}
    assert await names(store, {"isTestFor": ["1"]}) == []


async def test_a_descriptor_nobody_has_is_refused(store):
    text = "query($filters: DefinitionFilter) { definitions(filters: $filters) { name } }"
    wrong = {"requires": [{"key": "@kabinet/nothing", "operator": "EXISTS"}]}
    assert (await store.graphql(text, store.member, filters=wrong)).codes == ["INVALID_INPUT"]


async def test_flavours_and_releases_are_narrowed_and_ordered(store):
    text = """query($f: FlavourFilter, $r: ReleaseFilter) {
      flavours(filters: $f, ordering: [{releasedAt: DESC}]) { release { app { identifier } } }
      releases(filters: $r, ordering: [{version: ASC}]) { name } }"""
    [definition] = await store.get("SearchInstallable", search="view")
    given = {"hasDefinitions": [definition["id"]]}
    answer = await store.graphql(
        text, store.member, f=given, r={"identifier": "MATH", "search": "1.0"}
    )
    found = answer.ok()
    assert [one["release"]["app"]["identifier"] for one in found["flavours"]] == [
        "org.example.view"
    ]
    assert found["releases"] == [{"name": "org.example.math:1.0.0"}]


async def test_apps_are_found_by_their_identifier(store):
    text = """query($s: String) {
      apps(filters: {search: $s}, ordering: [{identifier: DESC}]) { identifier } }"""
    assert [one["identifier"] for one in await store.run(text, s="example")] == [
        "org.example.view",
        "org.example.math",
    ]
    assert await store.run(text, s="nothing") == []


async def test_pages_are_cut_and_a_negative_one_is_refused(store):
    text = "query($p: OffsetPaginationInput) { definitions(pagination: $p) { name } }"
    page = {"offset": 1, "limit": 1}
    assert [one["name"] for one in await store.run(text, p=page)] == ["Pure one"]
    answer = await store.graphql(text, store.member, p={"offset": -1})
    assert answer.codes == ["INVALID_INPUT"]
