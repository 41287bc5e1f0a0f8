"""Lists of what people keep: every filter, every order, and nothing of strangers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import kept
import pytest
import pytest_asyncio
import world
from asgiref.sync import sync_to_async

from chassis.testing.client import GraphQLClient
from chassis.testing.mint import Member, TokenMint
from rekuest_server import models

Ours = tuple[Member, world.Rows]
Value = Callable[[world.Rows, kept.Kept], Any]


@pytest_asyncio.fixture
async def things(ours: Ours, theirs: Ours) -> kept.Kept:
    """What we keep; strangers keep the same under other names."""
    await sync_to_async(kept.make_kept)(theirs[1], "theirs")
    return await sync_to_async(kept.make_kept)(ours[1])


#: The list, its filter type, and for each case a filter and whether our one row is found.
LISTS: dict[str, tuple[str, list[tuple[str, Value, bool]]]] = {
    "toolboxes": (
        "ToolboxFilter",
        [
            ("search", lambda rows, things: "TOOLS", True),
            ("search", lambda rows, things: "theirs", False),
            ("name", lambda rows, things: {"exact": "tools ours"}, True),
            ("name", lambda rows, things: {"startsWith": "ools"}, False),
            ("name", lambda rows, things: {"inList": ["tools ours", "x"]}, True),
            ("ids", lambda rows, things: [things.toolbox.pk], True),
            ("ids", lambda rows, things: [], False),
        ],
    ),
    "shortcuts": (
        "ShortcutFilter",
        [
            ("search", lambda rows, things: "Cut OURS", True),
            ("search", lambda rows, things: "%", False),
            ("ids", lambda rows, things: [things.shortcut.pk, "x"], True),
            ("toolbox", lambda rows, things: things.toolbox.pk, True),
            ("toolbox", lambda rows, things: "x", False),
        ],
    ),
    "testCases": (
        "TestCaseFilter",
        [
            ("name", lambda rows, things: {"iContains": "CASE"}, True),
            ("name", lambda rows, things: {"exact": "case"}, False),
            ("ids", lambda rows, things: [things.case.pk], True),
            ("ids", lambda rows, things: ["-1", "x"], False),
        ],
    ),
    "testResults": (
        "TestResultFilter",
        [
            ("passed", lambda rows, things: True, True),
            ("passed", lambda rows, things: False, False),
            ("search", lambda rows, things: "CASE", True),
            ("search", lambda rows, things: "else", False),
            ("case", lambda rows, things: things.case.pk, True),
            ("case", lambda rows, things: "0", False),
            ("action", lambda rows, things: rows.action.pk, True),
            ("action", lambda rows, things: "x", False),
            ("implementation", lambda rows, things: rows.implementation.pk, True),
            ("implementation", lambda rows, things: "0", False),
            ("ids", lambda rows, things: [things.result.pk], True),
        ],
    ),
    "spaces": (
        "SpaceFilter",
        [
            ("search", lambda rows, things: "ROOM", True),
            ("search", lambda rows, things: "_", False),
            ("ids", lambda rows, things: [things.space.pk], True),
            ("ids", lambda rows, things: ["0"], False),
        ],
    ),
    "memoryDrawers": (
        "MemoryDrawerFilter",
        [
            ("identifier", lambda rows, things: "@a/b", True),
            ("identifier", lambda rows, things: "@a", False),
            ("search", lambda rows, things: "L OURS", True),
            ("search", lambda rows, things: "r-ours", False),
            ("agent", lambda rows, things: rows.agent.pk, True),
            ("agent", lambda rows, things: "0", False),
            ("ids", lambda rows, things: [things.drawer.pk], True),
        ],
    ),
    "bloks": (
        "BlokFilter",
        [
            ("search", lambda rows, things: "BLOK", True),
            ("search", lambda rows, things: "bound", False),
            ("provided", lambda rows, things: False, True),
            ("provided", lambda rows, things: True, False),
            ("hasOrigin", lambda rows, things: False, True),
            ("hasOrigin", lambda rows, things: True, False),
            ("origins", lambda rows, things: ["x"], False),
            ("ids", lambda rows, things: [things.blok.pk], True),
        ],
    ),
}
CASES = [
    pytest.param(name, kind, field, value, found, id=f"{name}-{field}-{number}")
    for name, (kind, cases) in LISTS.items()
    for number, (field, value, found) in enumerate(cases)
]


@pytest.mark.parametrize(("name", "kind", "field", "value", "found"), CASES)
async def test_a_list_is_narrowed(
    graphql: GraphQLClient,
    ours: Ours,
    things: kept.Kept,
    name: str,
    kind: str,
    field: str,
    value: Value,
    found: bool,
) -> None:
    query = f"query q($f: {kind}) {{ {name}(filters: $f) {{ id }} }}"
    given = value(ours[1], things)
    listed = (await graphql(query, ours[0], f={field: given})).ok()[name]
    assert len(listed) == int(found)
    rest = (await graphql(query, ours[0], f={"NOT": {field: given}})).ok()[name]
    assert len(rest) == 1 - int(found)


@pytest.mark.parametrize("name", [*LISTS, "dashboards", "materializedBloks", "resolutions"])
async def test_a_list_holds_our_own_for_whoever_may_look(
    graphql: GraphQLClient, ours: Ours, things: kept.Kept, mint: TokenMint, name: str
) -> None:
    claims = ours[0].principal
    query = f"{{ {name} {{ id }} }}"
    for roles, code in (("viewer", []), ("deployer", []), ("unheard-of", ["PERMISSION_DENIED"])):
        looker = mint.member(
            sub="looker",
            org=claims.organization,
            active_org=claims.organization_slug,
            client_id="looker",
            roles=[roles],
        )
        answer = await graphql(query, looker)
        assert answer.codes == code
        if not code:
            assert len(answer.ok()[name]) == 1


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("text", ["\x00", "a\x00b"])
async def test_a_text_the_database_cannot_hold_is_refused(
    graphql: GraphQLClient, ours: Ours, things: kept.Kept, name: str, text: str
) -> None:
    kind = LISTS[name][0]
    query = f"query q($f: {kind}) {{ {name}(filters: $f) {{ id }} }}"
    given = {"name": {"iContains": text}} if name == "testCases" else {"search": text}
    answer = await graphql(query, ours[0], f=given)
    assert answer.codes == ["INVALID_INPUT"]


ORDERS = [
    ("toolboxes", "ToolboxOrder", "name"),
    ("shortcuts", "ShortcutOrder", "name"),
]


@pytest.mark.parametrize(("name", "kind", "field"), ORDERS)
async def test_a_list_is_put_in_order(
    graphql: GraphQLClient, ours: Ours, things: kept.Kept, name: str, kind: str, field: str
) -> None:
    model = models.Toolbox if name == "toolboxes" else models.Shortcut
    row = await sync_to_async(model.objects.get)(organization=ours[1].organization)
    for text in ("a", "z"):
        row.pk = None
        row.name = text
        await sync_to_async(row.save)(force_insert=True)
    query = f"query q($o: [{kind}!]) {{ {name}(ordering: $o) {{ name }} }}"
    up = [item["name"] for item in (await graphql(query, ours[0], o=[{field: "ASC"}])).ok()[name]]
    down = [
        item["name"] for item in (await graphql(query, ours[0], o=[{field: "DESC"}])).ok()[name]
    ]
    assert up == sorted(up)
    assert len(up) == 3
    assert down == up[::-1]


async def test_shortcuts_that_can_be_called_come_first(
    graphql: GraphQLClient, ours: Ours, things: kept.Kept
) -> None:
    rows = ours[1]
    idle = await sync_to_async(world.make_action)(rows.organization, rows.action.app, world.SHOW)
    await sync_to_async(models.Shortcut.objects.create)(
        organization=rows.organization,
        toolbox=things.toolbox,
        action=idle,
        creator=rows.user,
        name="idle",
    )
    query = "query q($o: [ShortcutOrder!]) { shortcuts(ordering: $o) { name } }"
    for way, names in (("DESC", ["shortcut ours", "idle"]), ("ASC", ["idle", "shortcut ours"])):
        listed = (await graphql(query, ours[0], o=[{"assignable": way}])).ok()["shortcuts"]
        assert [item["name"] for item in listed] == names


async def test_a_toolbox_shows_its_shortcuts_narrowed_and_in_pages(
    graphql: GraphQLClient, ours: Ours, things: kept.Kept
) -> None:
    for number in range(4):
        await sync_to_async(models.Shortcut.objects.create)(
            organization=ours[1].organization,
            toolbox=things.toolbox,
            action=ours[1].action,
            creator=ours[1].user,
            name=f"s{number}",
        )
    query = """query q($f: ShortcutFilter, $p: OffsetPaginationInput) { toolboxes {
        shortcuts(filters: $f, pagination: $p, ordering: [{name: DESC}]) { name } } }"""
    for given, names in (
        ({"p": {"limit": 2}}, ["shortcut ours", "s3"]),
        ({"p": {"offset": 3}}, ["s1", "s0"]),
        ({"f": {"search": "S2"}}, ["s2"]),
        ({"f": {"ids": []}}, []),
    ):
        (box,) = (await graphql(query, ours[0], **given)).ok()["toolboxes"]
        assert [item["name"] for item in box["shortcuts"]] == names
