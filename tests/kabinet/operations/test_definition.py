"""Definitions: scopes, groups, and tests that find what they test."""

from __future__ import annotations

import pytest
from images import definition, implementation, inspection
from images import image as image_of

from kabinet_server.models import Definition
from kabinet_server.operations.definition import scope_of
from kabinet_server.operations.image import app_image_create

MEMORY = {"key": "a", "kind": "MEMORY_STRUCTURE", "identifier": "@a/b"}
NUMBER = {"key": "a", "kind": "INT"}


@pytest.mark.parametrize(
    ("args", "returns", "scope"),
    [
        ([NUMBER], [NUMBER], "GLOBAL"),
        ([MEMORY], [NUMBER], "BRIDGE_LOCAL_TO_GLOBAL"),
        ([NUMBER], [MEMORY], "BRIDGE_GLOBAL_TO_LOCAL"),
        ([MEMORY], [MEMORY], "LOCAL"),
        ([{"key": "l", "kind": "LIST", "children": [MEMORY]}], [], "BRIDGE_LOCAL_TO_GLOBAL"),
        ([], [], "GLOBAL"),
    ],
)
def test_the_scope_follows_from_where_values_live(args, returns, scope):
    assert scope_of({"args": args, "returns": returns}) == scope


def bring(ada, *implementations, app="org.example.cells", version="1.0.0"):
    found = inspection(implementations=list(implementations))
    app_image_create(principal=ada, document=image_of(app, version, inspection=found))


def named(name):
    return Definition.objects.get(name=name)


def test_definitions_are_put_into_their_collections(ada):
    bring(ada, implementation("double", collections=["math", "numbers"]))
    bring(ada, implementation("halve", collections=["math"]), version="1.0.1")
    assert sorted(named("Double").collections.values_list("name", flat=True)) == [
        "math",
        "numbers",
    ]
    assert named("Halve").collections.get() == named("Double").collections.get(name="math")


def test_a_test_finds_what_it_tests_whichever_came_first(ada):
    target = {"key": "double", "app": "org.example.cells"}
    bring(ada, implementation("check", is_test_for=[target]), app="org.example.tests")
    assert named("Check").is_test_for.count() == 0
    bring(ada, implementation("double"))
    assert named("Check").is_test_for.get() == named("Double")
    bring(ada, implementation("later", is_test_for=[target]), app="org.example.tests", version="2")
    assert sorted(named("Double").tests.values_list("name", flat=True)) == ["Check", "Later"]


def test_a_test_without_an_app_means_its_own(ada):
    own = implementation("check", is_test_for=[{"key": "double", "version": "1"}])
    bring(ada, own, implementation("double"))
    assert named("Check").is_test_for.get() == named("Double")
    other = implementation("other", is_test_for=[{"key": "double", "version": "9"}])
    bring(ada, other, version="2")
    assert named("Other").is_test_for.count() == 0


def test_an_action_that_flavours_share_is_one_definition(ada):
    bring(ada, implementation("double"), app="org.example.one")
    bring(ada, implementation("double"), app="org.example.two")
    assert named("Double").flavours.count() == 2
    assert named("Double").definition["args"][0]["kind"] == definition()["args"][0]["kind"]
