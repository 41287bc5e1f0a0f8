"""Every filter and every order of every list, over a store with several of everything."""

from __future__ import annotations

from datetime import timedelta

import pytest_asyncio
from asgiref.sync import sync_to_async
from crowd import crowd

from chassis import clock
from kabinet_server import models

COUNT = 3
MISSING = "999999999"
#: What no list takes as an id: it is the id of nothing, not a mistake.
NO_IDS = ["", "x", "-1", "1.5", "9" * 30]


def _written() -> dict[str, list[int]]:
    """Write the store, tell rows apart by their times, and return their ids by noun."""
    crowd(COUNT)
    crowd(COUNT, organization="2")
    _dated(models.Release, "released_at")
    for model in (models.Release, models.Deployment, models.Pod, models.Resource):
        _dated(model, "created_at")
    for model in (models.GithubRepo, models.Collection):
        _dated(model, "created_at")
    _dated(models.Definition, "defined_at")
    _dated(models.Backend, "last_heartbeat")
    for status, row in zip(("RUNNING", "FAILED", "PENDING"), _rows(models.Pod), strict=True):
        row.status = status
        row.descriptors = {"@kabinet/status": status}
        row.save()
    return {model.__name__: [one.pk for one in _rows(model)] for model in _MODELS}


_MODELS = (
    *(models.App, models.Release, models.Flavour, models.Definition, models.Backend),
    *(models.Resource, models.Deployment, models.Pod, models.ReleaseApproval, models.GithubRepo),
    *(models.Collection, models.Protocol),
)


def _rows(model):
    return list(model.objects.filter(organization="1").order_by("pk"))


def _dated(model, column):
    """Give rows times that run against their ids."""
    for place, row in enumerate(_rows(model)):
        moment = clock.now() - timedelta(days=place)
        model.objects.filter(pk=row.pk).update(**{column: moment})


@pytest_asyncio.fixture
async def store(shop):
    shop.ids = await sync_to_async(_written)()
    return shop


async def listed(store, root, kind, filters=None, ordering=None):
    """The places, by id, of the rows that a list gives."""
    text = f"""query($filters: {kind}Filter, $ordering: [{kind}Order!]! = []) {{
      {root}(filters: $filters, ordering: $ordering) {{ id }} }}"""
    if kind == "ReleaseApproval":
        text = f"query($filters: {kind}Filter) {{ {root}(filters: $filters) {{ id }} }}"
    variables = {"filters": filters} | ({} if ordering is None else {"ordering": ordering})
    found = await store.run(text, **variables)
    return [store.ids[kind].index(int(one["id"])) for one in found]


LISTS = {
    "apps": "App",
    "releases": "Release",
    "flavours": "Flavour",
    "definitions": "Definition",
    "backends": "Backend",
    "resources": "Resource",
    "deployments": "Deployment",
    "pods": "Pod",
    "releaseApprovals": "ReleaseApproval",
    "githubRepos": "GithubRepo",
}


async def test_lists_are_narrowed_by_ids_and_never_reach_another_organization(store):
    foreign = await sync_to_async(
        lambda: {
            model.__name__: str(model.objects.filter(organization="2").first().pk)
            for model in _MODELS
        }
    )()
    for root, kind in LISTS.items():
        own = [str(number) for number in store.ids[kind]]
        wanted = [own[0], own[-1], own[0], foreign[kind], MISSING, *NO_IDS]
        expected = sorted({0, len(own) - 1})
        assert sorted(await listed(store, root, kind, {"ids": wanted})) == expected, root
        assert await listed(store, root, kind, {"ids": []}) == [], root
        assert await listed(store, root, kind, {"ids": [foreign[kind]]}) == [], root
        assert len(await listed(store, root, kind, None)) == len(own), root


#: By list: texts, and the places of the rows that hold them.
SEARCHES = {
    "apps": {"CELLS": [0], " cells ": [0], "mikro": []},
    "releases": {"1.0.1": [1], "Example.cells": [0, 1, 2], "1_0": [], "%": []},
    "flavours": {"FLAVOUR-0002": [2], "org.example": [0, 1, 2], "r.example.org": []},
    "definitions": {"name 0001": [1], "NAME": [0, 1, 2], "key1": []},
    "backends": {"backend 2": [2], "docker": []},
    "resources": {"NODE 1": [1], "node-1": []},
    "deployments": {
        "deployment-1": [1],
        "Backend 0": [0, 1, 2],
        "flavour-0000": [0, 1, 2],
        "CELLS": [0, 1, 2],
        "flavour-0001": [],
    },
    "pods": {"backend 0": [0, 1, 2], "cells": [0, 1, 2], "Backend 1": [], "pod-1": []},
    "releaseApprovals": {"cells": [0, 1, 2], "1.0.0": [0, 1, 2], "1.0.1": []},
    "githubRepos": {"ADA/": [0], "eve": []},
}


async def test_searches_look_into_the_columns_that_people_see(store):
    found = {
        root: {
            text: sorted(await listed(store, root, LISTS[root], {"search": text})) for text in texts
        }
        for root, texts in SEARCHES.items()
    }
    assert found == SEARCHES


#: By list: the field of the order, and the places of the rows from the least to the greatest.
ORDERS = {
    "apps": {"id": [0], "identifier": [0]},
    "releases": {
        "id": [0, 1, 2],
        "version": [0, 1, 2],
        "releasedAt": [2, 1, 0],
        "createdAt": [2, 1, 0],
    },
    "definitions": {"name": [0, 1, 2], "definedAt": [2, 1, 0]},
    "backends": {"id": [0, 1, 2], "name": [0, 1, 2], "lastHeartbeat": [2, 1, 0]},
    "resources": {"id": [0, 1, 2], "name": [0, 1, 2], "createdAt": [2, 1, 0]},
    "deployments": {"id": [0, 1, 2], "localId": [0, 1, 2], "createdAt": [2, 1, 0]},
    "pods": {"id": [0, 1, 2], "status": [1, 2, 0], "createdAt": [2, 1, 0]},
    "githubRepos": {"id": [0], "name": [0], "addedAt": [0], "updatedAt": [0]},
}


async def test_orders_go_up_and_down(store):
    for root, fields in ORDERS.items():
        for field, expected in fields.items():
            up = await listed(store, root, LISTS[root], None, [{field: "ASC"}])
            down = await listed(store, root, LISTS[root], None, [{field: "DESC"}])
            assert (up, down) == (expected, expected[::-1]), (root, field)


async def test_a_second_order_decides_where_the_first_does_not(store):
    # All definitions are of one kind.
    for way, expected in (("ASC", [2, 1, 0]), ("DESC", [0, 1, 2])):
        ordering = [{"kind": "ASC"}, {"definedAt": way}]
        assert await listed(store, "definitions", "Definition", None, ordering) == expected


async def test_without_an_order_lists_have_the_one_they_promise(store):
    found = {root: await listed(store, root, kind) for root, kind in LISTS.items()}
    newest, oldest = [2, 1, 0], [0, 1, 2]
    assert found["releases"] == oldest  # the first row was released last
    assert found["flavours"] == found["releaseApprovals"] == newest
    for root in ("definitions", "backends", "resources", "deployments", "pods"):
        assert found[root] == oldest, root


async def test_filters_of_one_noun_by_another(store):
    ids = {name: [str(number) for number in numbers] for name, numbers in store.ids.items()}
    [app], [repo] = ids["App"], ids["GithubRepo"]
    everything = [0, 1, 2]
    cases = [
        ("releases", {"app": app}, everything),
        ("releases", {"app": MISSING}, []),
        ("releases", {"app": "x"}, []),
        ("releases", {"apps": [app, MISSING]}, everything),
        ("releases", {"apps": []}, []),
        ("releases", {"identifier": "CELLS"}, everything),
        ("releases", {"identifier": "1.0"}, []),
        ("flavours", {"hasDefinitions": [ids["Definition"][1]]}, [0]),
        ("flavours", {"hasDefinitions": [ids["Definition"][0]]}, everything),
        ("flavours", {"hasDefinitions": []}, []),
        ("definitions", {"flavours": [ids["Flavour"][1]]}, [0]),
        ("definitions", {"flavours": [ids["Flavour"][0]]}, everything),
        ("definitions", {"apps": [app]}, everything),
        ("definitions", {"apps": [MISSING, "x"]}, []),
        ("definitions", {"collections": [ids["Collection"][2]]}, [0]),
        ("definitions", {"protocols": ids["Protocol"]}, [0]),
        ("definitions", {"isTestFor": [ids["Definition"][2]]}, [0]),
        ("definitions", {"isTestFor": [ids["Definition"][0]]}, everything),
        ("definitions", {"hasTests": True}, everything),
        ("definitions", {"hasTests": False}, []),
        ("definitions", {"alreadyDeployed": True}, everything),
        ("definitions", {"alreadyDeployed": False}, []),
        ("pods", {"backend": ids["Backend"][0]}, everything),
        ("pods", {"backend": ids["Backend"][1]}, []),
        ("pods", {"backend": "x"}, []),
        ("releaseApprovals", {"release": ids["Release"][0]}, everything),
        ("releaseApprovals", {"release": ids["Release"][1]}, []),
        ("githubRepos", {"user": "AD"}, [0]),
        ("githubRepos", {"user": "cells"}, []),
        ("githubRepos", {"repo": "ell"}, [0]),
        ("githubRepos", {"branch": "MAIN"}, [0]),
        ("githubRepos", {"branch": "dev"}, []),
        ("githubRepos", {"ids": [repo], "branch": "dev"}, []),
    ]
    for root, filters, expected in cases:
        found = sorted(await listed(store, root, LISTS[root], filters))
        assert found == expected, (root, filters)


async def test_filters_join_by_and_or_and_not(store):
    first, second, third = (str(number) for number in store.ids["Pod"])
    running = {"requires": [{"key": "@kabinet/status", "operator": "EQUALS", "value": "RUNNING"}]}
    cases = [
        ({"AND": running}, [0]),
        ({"NOT": running}, [1, 2]),
        ({"ids": [second], "OR": running}, [0, 1]),
        ({"ids": [second, third], "NOT": {"ids": [second]}}, [2]),
        ({"ids": [first], "AND": {"NOT": running}}, []),
    ]
    for filters, expected in cases:
        assert sorted(await listed(store, "pods", "Pod", filters)) == expected, filters


def _requires(operator, value=None):
    return {"requires": [{"key": "@kabinet/status", "operator": operator, "value": value}]}


async def test_descriptors_are_compared_at_the_root_and_inside_of_rows(store):
    cases = [
        (_requires("EQUALS", "FAILED"), [1]),
        (_requires("MATCHES", "FAILED"), [1]),
        (_requires("NOT_EQUALS", "FAILED"), [0, 2]),
        (_requires("EXISTS"), [0, 1, 2]),
        (_requires("EXISTS", False), []),
        (_requires("IN", ["FAILED", "PENDING"]), [1, 2]),
        (_requires("NOT_IN", ["FAILED", "PENDING"]), [0]),
        (_requires("IN", []), []),
        (_requires("NOT_IN", []), [0, 1, 2]),
    ]
    backend = str(store.ids["Backend"][0])
    inner = "query($id: ID!, $f: PodFilter) { backend(id: $id) { pods(filters: $f) { id } } }"
    for filters, expected in cases:
        assert sorted(await listed(store, "pods", "Pod", filters)) == expected, filters
        row = await store.run(inner, id=backend, f=filters)
        below = sorted(store.ids["Pod"].index(int(one["id"])) for one in row["pods"])
        assert below == expected, filters


async def test_descriptors_are_compared_with_what_fits_their_operator(store):
    text = "query($f: PodFilter) { pods(filters: $f) { id } }"
    wrong = [
        _requires("IN", "FAILED"),
        _requires("NOT_IN", 3),
        _requires("GTE", "high"),
        _requires("LTE", True),
        {"requires": [{"key": "@mikro/size", "operator": "EXISTS"}]},
    ]
    for filters in wrong:
        answer = await store.graphql(text, store.member, f=filters)
        assert answer.codes == ["INVALID_INPUT"], filters
        assert answer.errors[0]["extensions"]["field"] == "requires", filters


_DEFINITION, _APPROVAL, _SETS = "Definition", "ReleaseApproval", "Collection"
_UNUSED = "isTestFor(filters: {alreadyDeployed: false})"


async def test_lists_inside_of_rows_are_narrowed_and_ordered_as_those_at_the_root(store):
    ids = store.ids
    cases = [
        ("release", "Release", 'flavours(filters: {search: "0002"})', "Flavour", [2]),
        ("release", "Release", "flavours(ordering: [{releasedAt: ASC}])", "Flavour", [0, 1, 2]),
        ("release", "Release", 'deployments(filters: {search: "ment-1"})', "Deployment", [1]),
        ("release", "Release", "approvals(filters: {revoked: true})", "ReleaseApproval", []),
        ("app", "App", "releases(ordering: [{releasedAt: ASC}])", "Release", [2, 1, 0]),
        ("app", "App", 'releases(filters: {search: "0.1"})', "Release", [1]),
        ("flavour", "Flavour", 'definitions(filters: {search: "0001"})', "Definition", [1]),
        ("flavour", "Flavour", "definitions(ordering: [{name: DESC}])", "Definition", [2, 1, 0]),
        ("flavour", "Flavour", "deployments(ordering: [{id: DESC}])", "Deployment", [2, 1, 0]),
        ("backend", "Backend", "pods(ordering: [{status: ASC}])", "Pod", [1, 2, 0]),
        ("backend", "Backend", 'resources(filters: {search: "node 2"})', "Resource", [2]),
        ("resource", "Resource", f'pods(filters: {{ids: ["{ids["Pod"][1]}"]}})', "Pod", [1]),
        ("deployment", "Deployment", "pods(ordering: [{createdAt: ASC}])", "Pod", [2, 1, 0]),
        ("definition", _DEFINITION, 'collections(filters: {search: "2"})', "Collection", [2]),
        (
            "definition",
            "Definition",
            "collections(ordering: [{definedAt: ASC}])",
            "Collection",
            [2, 1, 0],
        ),
        ("definition", _DEFINITION, "protocols(ordering: [{name: DESC}])", "Protocol", [2, 1, 0]),
        ("definition", _DEFINITION, "protocols(filters: {ids: []})", "Protocol", []),
        ("definition", _DEFINITION, 'tests(filters: {search: "0001"})', "Definition", [1]),
        (
            "definition",
            "Definition",
            "isTestFor(filters: {alreadyDeployed: false})",
            "Definition",
            [],
        ),
        ("releaseApproval", _APPROVAL, 'backends(filters: {search: "1"})', "Backend", [1]),
        (
            "releaseApproval",
            "ReleaseApproval",
            "backends(ordering: [{name: DESC}])",
            "Backend",
            [2, 1, 0],
        ),
    ]
    for root, kind, inner, of, expected in cases:
        text = f"query($id: ID!) {{ {root}(id: $id) {{ found: {inner} {{ id }} }} }}"
        row = await store.run(text, id=str(ids[kind][0]))
        found = [ids[of].index(int(one["id"])) for one in row["found"]]
        assert found == expected, (root, inner)
