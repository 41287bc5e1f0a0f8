"""Demands against stored definitions, in a real database, held to a plain reading of them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, models
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.definitions import parsing, vocabulary
from chassis.definitions.demand import action_demand, all_of, port_demand, state_demand
from chassis.errors import NotSupported


class App(models.Model):
    """Whose action it is."""

    identifier = models.TextField()

    class Meta:
        app_label = "sample"
        managed = False

    def __str__(self) -> str:
        return self.identifier


class Row(models.Model):
    """An action as services store one."""

    app = models.ForeignKey(App, models.CASCADE, db_constraint=False)
    app_identifier = models.TextField(default="")
    key = models.TextField()
    version = models.TextField(default="1")
    name = models.TextField()
    hash = models.TextField()
    pure = models.BooleanField(default=False)
    idempotent = models.BooleanField(default=False)
    stateful = models.BooleanField(default=False)
    protocols = models.JSONField(default=list)
    definition = models.JSONField()

    class Meta:
        app_label = "sample"
        managed = False

    def __str__(self) -> str:
        return self.key


def port(key: str, kind: str = "INT", **more: Any) -> dict[str, Any]:
    return {"key": key, "kind": kind, **more}


IMAGE = {"kind": "STRUCTURE", "identifier": "@mikro/image"}
DEFINITIONS: dict[str, dict[str, Any]] = {
    "add": {"args": [port("a"), port("b")], "returns": [port("sum")]},
    "blur": {
        "args": [port("image", **IMAGE), port("sigma", "FLOAT", nullable=True)],
        "returns": [port("blurred", **IMAGE)],
    },
    "stack": {
        "args": [port("images", "LIST", children=[port("...", **IMAGE)])],
        "returns": [port("stacked", **IMAGE)],
    },
    "label": {"args": [port("text", "STRING", nullable=True)], "returns": []},
    "nothing": {"args": [], "returns": []},
}


def stored(key: str) -> dict[str, Any]:
    document = {"key": key, "version": "1", "name": key.title(), "kind": "FUNCTION"}
    definition = parsing.parse(vocabulary.Definition, document | DEFINITIONS[key])
    return parsing.as_document(definition)


@pytest.fixture
def rows(db: None) -> None:
    with connection.schema_editor() as editor:
        editor.create_model(App)
        editor.create_model(Row)
    app = App.objects.create(identifier="org.example.maths")
    for key in DEFINITIONS:
        Row.objects.create(
            app=app,
            key=key,
            name=key.title(),
            hash=f"hash-{key}",
            pure=key == "add",
            protocols=["@protocol/image"] if key == "blur" else [],
            definition=stored(key),
        )
    # The tables go with the transaction of the test.


def meeting(condition: models.Q) -> set[str]:
    return set(Row.objects.filter(condition).values_list("key", flat=True))


ALL = set(DEFINITIONS)


@pytest.mark.parametrize(
    ("demand", "keys"),
    [
        ({}, ALL),
        ({"key": "add"}, {"add"}),
        ({"name": "Blur"}, {"blur"}),
        ({"key": "add", "name": "Blur"}, set()),
        ({"version": "2"}, set()),
        ({"app": "org.example.maths"}, ALL),
        ({"app": "org.example.other"}, set()),
        ({"pure": True}, {"add"}),
        ({"pure": False}, ALL - {"add"}),
        ({"protocols": ["@protocol/image"]}, {"blur"}),
        ({"protocols": ["@protocol/image", "@protocol/other"]}, set()),
        ({"hash": "hash-stack"}, {"stack"}),
        # A hash decides alone, whatever else is said.
        ({"hash": "hash-stack", "key": "add"}, {"stack"}),
        ({"arg_matches": [{"kind": "INT"}]}, {"add"}),
        ({"arg_matches": [IMAGE]}, {"blur"}),
        ({"arg_matches": [IMAGE, {"kind": "FLOAT"}]}, {"blur"}),
        ({"arg_matches": [{"nullable": True}]}, {"blur", "label"}),
        ({"return_matches": [IMAGE]}, {"blur", "stack"}),
        ({"arg_matches": [{"kind": "LIST", "children": [IMAGE]}]}, {"stack"}),
        ({"arg_matches": [{"kind": "LIST", "children": [{"kind": "INT"}]}]}, set()),
        ({"arg_matches": [{"at": 0, **IMAGE}]}, {"blur"}),
        ({"arg_matches": [{"at": 1, "kind": "INT"}]}, {"add"}),
        ({"arg_matches": [{"at": 2}]}, set()),
        ({"arg_matches": [{"at": 0, "kind": "LIST", "children": [{"at": 0, **IMAGE}]}]}, {"stack"}),
        ({"force_arg_length": 0}, {"nothing"}),
        ({"force_arg_length": 2}, {"add", "blur"}),
        ({"force_return_length": 0}, {"label", "nothing"}),
        ({"force_arg_length": 1, "return_matches": [IMAGE]}, {"stack"}),
    ],
    ids=str,
)
def test_actions_that_meet_a_demand(rows: None, demand: dict[str, Any], keys: set[str]) -> None:
    assert meeting(action_demand(demand)) == keys


@pytest.mark.parametrize(
    ("demand", "keys"),
    [
        ({"kind": "ARGS"}, ALL),
        ({"kind": "ARGS", "matches": [IMAGE]}, {"blur"}),
        ({"kind": "RETURNS", "matches": [IMAGE]}, {"blur", "stack"}),
        ({"kind": "ARGS", "force_length": 1}, {"stack", "label"}),
        ({"kind": "ARGS", "force_non_nullable_length": 1}, {"blur", "stack"}),
        ({"kind": "ARGS", "force_non_nullable_length": 0}, {"label", "nothing"}),
        ({"kind": "RETURNS", "force_structure_length": 1}, {"blur", "stack"}),
        ({"kind": "ARGS", "force_structure_length": 1, "force_length": 2}, {"blur"}),
    ],
    ids=str,
)
def test_sides_that_meet_a_demand(rows: None, demand: dict[str, Any], keys: set[str]) -> None:
    assert meeting(port_demand(demand)) == keys


@pytest.mark.parametrize(
    "demand",
    [
        {"arg_matches": [{"descriptors": [{"key": "x"}]}]},
        {"arg_matches": [{"children": [{"at": 0}]}]},
    ],
    ids=str,
)
def test_what_is_not_offered_is_said_so(demand: dict[str, Any]) -> None:
    with pytest.raises(NotSupported):
        action_demand(demand)


def test_states_have_no_protocols_yet() -> None:
    with pytest.raises(NotSupported):
        state_demand({"protocols": ["@protocol/x"]})


def test_a_demand_on_a_state_is_a_condition_on_its_definition() -> None:
    assert state_demand({"hash": "h", "key": "k"}, prefix="state__") == models.Q(
        state__definition__hash="h"
    )
    assert "ports__contains" in str(state_demand({"matches": [{"kind": "INT"}]}))


def test_no_condition_is_always_true(rows: None) -> None:
    assert meeting(all_of([])) == ALL


kinds = st.sampled_from(["INT", "FLOAT", "STRING", "LIST", "STRUCTURE"])
matches = st.fixed_dictionaries(
    {},
    optional={
        "kind": kinds,
        "key": st.sampled_from(["a", "image", "text"]),
        "nullable": st.booleans(),
        "identifier": st.sampled_from(["@mikro/image", "@other/thing"]),
    },
)


def meets(definition: dict[str, Any], demand: list[dict[str, Any]]) -> bool:
    """A demand as a person reads it: for every match there is a port that has all of it."""
    return all(
        any(all(port.get(key) == value for key, value in match.items()) for port in definition)
        for match in demand
    )


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(demand=st.lists(matches, max_size=3))
def test_the_database_reads_a_demand_as_a_person_does(
    rows: None, demand: list[dict[str, Any]]
) -> None:
    expected = {key for key in DEFINITIONS if meets(stored(key)["args"], demand)}
    assert meeting(action_demand({"arg_matches": demand})) == expected


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(demand=st.lists(matches, max_size=3), more=matches)
def test_asking_for_more_never_finds_more(
    rows: None, demand: list[dict[str, Any]], more: dict[str, Any]
) -> None:
    found = meeting(action_demand({"arg_matches": demand}))
    assert meeting(action_demand({"arg_matches": [*demand, more]})) <= found
