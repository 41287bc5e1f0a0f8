"""A definition with everything in it comes back through GraphQL as it was declared."""

from __future__ import annotations

from typing import Any

import pytest
import world
from asgiref.sync import sync_to_async

from chassis.testing.client import GraphQLClient
from chassis.testing.mint import Member
from rekuest_server import models

Ours = tuple[Member, world.Rows]
Documents = dict[str, str]

QUERY = "query Q { options: images { label: name value: id } }"
CALL = {
    "operation": "gt",
    "arguments": [
        {"key": "a", "value_path": "self"},
        {"key": "b", "util_call": {"operation": "len", "arguments": [{"value_literal": [1]}]}},
        {"key": "c", "value_list": [{"value_literal": 1}, {"value_path": "x"}]},
    ],
}
WIDGETS: dict[str, dict[str, Any]] = {
    "STRING": {"placeholder": "name", "as_paragraph": True},
    "SLIDER": {"min": 0, "max": 5, "step": 0.5},
    "SEARCH": {"query": QUERY, "ward": "mikro", "dependencies": ["b"]},
    "CHOICE": {"placeholder": "pick"},
    "CUSTOM": {"component": "Picker", "props": [{"key": "size", "static_value": 3}]},
    "STATE_CHOICE": {"state_path": "stage.axes"},
    "PROXY": {"target_port": "a", "target_action": "other"},
}
SEEN: dict[str, dict[str, Any]] = {
    "STRING": {"placeholder": "name", "asParagraph": True},
    "SLIDER": {"min": 0.0, "max": 5.0, "step": 0.5},
    "SEARCH": {"query": QUERY, "ward": "mikro", "dependencies": ["b"]},
    "CHOICE": {"placeholder": "pick"},
    "CUSTOM": {"component": "Picker"},
    "STATE_CHOICE": {},
    "PROXY": {},
}


def stored(rows: world.Rows, **parts: Any) -> models.Action:
    document = world.ADD | {"key": "rich", "name": "Rich", "args": [], "returns": []} | parts
    # Widgets are stored as declared; whether they fit together is the registration's matter.
    action = world.make_action(rows.organization, rows.action.app, world.ADD | {"key": "rich"})
    action.definition = document
    action.save()
    return action


async def found(
    graphql: GraphQLClient, documents: Documents, ours: Ours, **parts: Any
) -> dict[str, Any]:
    action = await sync_to_async(stored)(ours[1], **parts)
    return (await graphql(documents["find"], ours[0], id=str(action.pk))).ok()["action"]


def port(**parts: Any) -> dict[str, Any]:
    return {"key": "a", "kind": "INT", "nullable": False} | parts


@pytest.mark.parametrize("kind", WIDGETS)
async def test_every_widget_has_its_type(
    graphql: GraphQLClient, documents: Documents, ours: Ours, kind: str
) -> None:
    args = [port(widget={"kind": kind} | WIDGETS[kind])]
    widget = (await found(graphql, documents, ours, args=args))["args"][0]["widget"]
    assert widget["kind"] == kind
    assert {key: widget[key] for key in SEEN[kind]} == SEEN[kind]


@pytest.mark.parametrize(
    ("effect", "seen"),
    [
        ({"kind": "MESSAGE", "message": "too much"}, {"message": "too much"}),
        ({"kind": "HIDE", "fade": False}, {}),
        ({"kind": "CUSTOM"}, {}),
    ],
)
async def test_every_effect_has_its_type_and_its_condition(
    graphql: GraphQLClient,
    documents: Documents,
    ours: Ours,
    effect: dict[str, Any],
    seen: dict[str, Any],
) -> None:
    args = [port(effects=[effect | {"call": CALL, "dependencies": ["b"]}])]
    shown = (await found(graphql, documents, ours, args=args))["args"][0]["effects"][0]
    assert shown["kind"] == effect["kind"]
    assert {key: shown[key] for key in seen} == seen
    assert shown["dependencies"] == ["b"]
    assert shown["callJson"] == CALL
    assert shown["call"]["operation"] == "gt"
    first, second, third = shown["call"]["arguments"]
    assert first["valuePath"] == "self"
    assert second["utilCall"]["arguments"][0]["valueLiteral"] == [1]
    assert [item["valueLiteral"] for item in third["valueList"]] == [1, None]


async def test_validators_choices_and_children_come_whole(
    graphql: GraphQLClient, documents: Documents, ours: Ours
) -> None:
    inner = port(key="...", kind="QUANTITY", reference_unit="m", dimension="[length]")
    outer = port(
        kind="LIST",
        children=[inner | {"children": [port(key="deep")]}],
        choices=[{"label": "one", "value": 1, "description": "first"}],
        validators=[{"call": CALL, "error_message": "no", "label": "check"}],
        default=[1],
        nullable=True,
    )
    shown = (await found(graphql, documents, ours, args=[outer]))["args"][0]
    assert shown["nullable"] is True
    assert shown["default"] == [1]
    assert shown["choices"][0] == {
        "__typename": "Choice",
        "label": "one",
        "value": 1,
        "description": "first",
    }
    assert (shown["validators"][0]["errorMessage"], shown["validators"][0]["label"]) == (
        "no",
        "check",
    )
    child = shown["children"][0]
    assert (child["kind"], child["referenceUnit"]) == ("QUANTITY", "m")
    assert child["children"][0]["key"] == "deep"


async def test_returns_and_groups_come_whole(
    graphql: GraphQLClient, documents: Documents, ours: Ours
) -> None:
    shown = await found(
        graphql,
        documents,
        ours,
        returns=[
            port(widget={"kind": "CUSTOM", "component": "Plot", "props": None}),
            port(key="b", widget={"kind": "CHOICE"}),
        ],
        port_groups=[{"key": "main", "ports": ["a"]}],
    )
    assert [item["widget"]["kind"] for item in shown["returns"]] == ["CUSTOM", "CHOICE"]
    assert shown["returns"][0]["widget"]["component"] == "Plot"
    assert [group["key"] for group in shown["portGroups"]] == ["main"]


async def test_an_action_names_what_it_is_a_test_for(
    graphql: GraphQLClient, documents: Documents, ours: Ours, theirs: Ours
) -> None:
    rows = ours[1]
    targets = [
        {"hash": rows.action.hash},
        {"hash": theirs[1].action.hash},
        {"app": "app.ours", "key": "add"},
        {},
    ]
    shown = await found(graphql, documents, ours, is_test_for=targets)
    assert {each["id"] for each in shown["isTestFor"]} == {str(rows.action.pk)}


async def test_dependencies_show_what_was_declared(graphql: GraphQLClient, ours: Ours) -> None:
    member, rows = ours
    await sync_to_async(models.Dependency.objects.create)(
        implementation=rows.implementation,
        key="camera",
        declaration={
            "action_dependencies": [
                {
                    "key": "snap",
                    "optional": False,
                    "demand": {"key": "snap", "arg_matches": [{"at": 0, "kind": "INT"}]},
                }
            ],
            "state_dependencies": None,
        },
    )
    document = """query Q($id: ID!) { implementation(id: $id) { dependencies { key optional
        actionDependencies { key demand { key argMatches { at kind identifier } } }
        stateDependencies { key } } } }"""
    answer = await graphql(document, member, id=str(rows.implementation.pk))
    assert answer.ok()["implementation"]["dependencies"] == [
        {
            "key": "camera",
            "optional": False,
            "actionDependencies": [
                {
                    "key": "snap",
                    "demand": {
                        "key": "snap",
                        "argMatches": [{"at": 0, "kind": "INT", "identifier": None}],
                    },
                }
            ],
            "stateDependencies": [],
        }
    ]
