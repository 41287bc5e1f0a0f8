"""Making, changing and deleting what people keep: what is refused, by which field, and for whom."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import kept
import pytest
import pytest_asyncio
import world
from asgiref.sync import sync_to_async
from hypothesis import given
from hypothesis import strategies as st
from rows import count

from chassis.errors import InvalidInput, NotFound, PermissionDenied, PlatformError
from chassis.identity import Principal
from chassis.testing.mint import Member, TokenMint
from rekuest_server import models
from rekuest_server.domain.text import name_of, text_of
from rekuest_server.operations import dashboard, drawer, run_policy, shortcut, trial


@dataclass
class Both:
    """Two organizations, each with one of everything."""

    me: Principal
    ours: world.Rows
    things: kept.Kept
    theirs: world.Rows
    foreign: kept.Kept


@pytest_asyncio.fixture
async def both(application: Any, two_organizations: tuple[Member, Member]) -> Both:
    one, two = two_organizations
    ours = await sync_to_async(world.make)(one.principal)
    theirs = await sync_to_async(world.make)(two.principal, marker="theirs")
    return Both(
        me=one.principal,
        ours=ours,
        things=await sync_to_async(kept.make_kept)(ours),
        theirs=theirs,
        foreign=await sync_to_async(kept.make_kept)(theirs, "theirs"),
    )


Act = Callable[[Principal, Both, Any], Awaitable[Any]]


def make_shortcut(me: Principal, both: Both, changes: dict[str, Any]) -> Awaitable[Any]:
    given = {"name": "s", "action": both.ours.action.pk, "args": {}}
    return shortcut.shortcut_create(principal=me, wish=shortcut.ShortcutWish(**(given | changes)))


def make_case(me: Principal, both: Both, changes: dict[str, Any]) -> Awaitable[Any]:
    given = {"action": both.ours.action.pk, "tester": both.ours.action.pk}
    return trial.case_create(principal=me, wish=trial.CaseWish(**(given | changes)))


def make_result(me: Principal, both: Both, changes: dict[str, Any]) -> Awaitable[Any]:
    given = {
        "case": both.things.case.pk,
        "implementation": both.ours.implementation.pk,
        "tester": both.ours.implementation.pk,
        "passed": True,
    }
    return trial.result_create(principal=me, wish=trial.ResultWish(**(given | changes)))


def make_dashboard(me: Principal, both: Both, changes: dict[str, Any]) -> Awaitable[Any]:
    return dashboard.dashboard_create(principal=me, **({"name": "d"} | changes))


def change_dashboard(me: Principal, both: Both, changes: dict[str, Any]) -> Awaitable[Any]:
    given = {"dashboard": both.things.dashboard.pk}
    return dashboard.dashboard_update(principal=me, **(given | changes))


def make_space(me: Principal, both: Both, changes: dict[str, Any]) -> Awaitable[Any]:
    wish = {"agent": both.ours.agent.pk} | changes
    name = wish.pop("name", "r")
    return dashboard.space_create(
        principal=me, name=name, placements=[dashboard.PlacementWish(**wish)]
    )


def shelve(me: Principal, both: Both, changes: dict[str, Any]) -> Awaitable[Any]:
    given = {"identifier": "@a/b", "resource_id": "r"}
    return drawer.drawer_shelve(principal=me, wish=drawer.ShelveWish(**(given | changes)))


def set_policy(me: Principal, both: Both, changes: dict[str, Any]) -> Awaitable[Any]:
    action = changes.pop("action", None)
    rules = run_policy.PolicyRules(**changes)
    return run_policy.run_policy_set(principal=me, rules=rules, action=action)


LONG = "x" * 401
MATRIX = [[0.0] * 4] * 4

#: What is made, with which changes, and the field that is refused.
MISFITS: list[tuple[Act, dict[str, Any], str]] = [
    (make_shortcut, {"name": ""}, "name"),
    (make_shortcut, {"name": LONG}, "name"),
    (make_shortcut, {"name": "a\nb"}, "name"),
    (make_shortcut, {"name": "a\x00"}, "name"),
    (make_shortcut, {"description": "\x00"}, "description"),
    (make_shortcut, {"description": "x" * 20_001}, "description"),
    (make_shortcut, {"args": {"a": 1, "c": 2}}, "args.c"),
    (make_shortcut, {"args": {"": 1}}, "args."),
    (make_case, {"name": " "}, "name"),
    (make_case, {"name": LONG}, "name"),
    (make_case, {"description": "\x00"}, "description"),
    (make_dashboard, {"name": "\t"}, "name"),
    (make_dashboard, {"name": LONG}, "name"),
    (change_dashboard, {"name": ""}, "name"),
    (change_dashboard, {"name": LONG}, "name"),
    (make_space, {"name": ""}, "name"),
    (make_space, {"role": ""}, "role"),
    (make_space, {"role": LONG}, "role"),
    (make_space, {"affine_matrix": [[0.0] * 4] * 5}, "affineMatrix"),
    (make_space, {"affine_matrix": [[0.0] * 4] * 3 + [[0.0] * 5]}, "affineMatrix"),
    (shelve, {"identifier": " "}, "identifier"),
    (shelve, {"identifier": LONG}, "identifier"),
    (shelve, {"resource_id": ""}, "resourceId"),
    (shelve, {"resource_id": "x" * 201}, "resourceId"),
    (shelve, {"resource_id": "a\x00"}, "resourceId"),
    (shelve, {"label": "x" * 1001}, "label"),
    (shelve, {"label": "\x00"}, "label"),
    (shelve, {"description": "x" * 20_001}, "description"),
    (set_policy, {"pickup_limit_seconds": 0.0}, "pickupLimitSeconds"),
    (set_policy, {"run_limit_seconds": -1.0}, "runLimitSeconds"),
    (set_policy, {"run_limit_seconds": float("nan")}, "runLimitSeconds"),
    (set_policy, {"silence_limit_seconds": float("inf")}, "silenceLimitSeconds"),
    (set_policy, {"silence_limit_seconds": 366 * 24 * 3600.5}, "silenceLimitSeconds"),
    (set_policy, {"keep_days": 0.0}, "keepDays"),
    (set_policy, {"keep_days": 36_601.0}, "keepDays"),
    (set_policy, {"keep_days": 30_000_000.0}, "keepDays"),
]
COUNTED = (
    models.Shortcut,
    models.TestCase,
    models.TestResult,
    models.Dashboard,
    models.Space,
    models.Placement,
    models.Drawer,
    models.RunPolicy,
)


async def counts() -> list[int]:
    return [await count(model) for model in COUNTED]


def name_of_case(value: Any) -> str | None:
    return value.__name__ if callable(value) else None


@pytest.mark.parametrize(("act", "changes", "field"), MISFITS, ids=name_of_case)
async def test_what_does_not_fit_is_refused_by_its_field(
    both: Both, act: Act, changes: dict[str, Any], field: str
) -> None:
    before = await counts()
    with pytest.raises(InvalidInput) as refusal:
        await act(both.me, both, dict(changes))
    assert refusal.value.field == field
    assert await counts() == before


#: What is made, which wish names a row, how a foreign one is found, and the field it is told by.
NAMED: list[tuple[Act, str, Callable[[world.Rows, kept.Kept], Any], str]] = [
    (make_shortcut, "action", lambda rows, things: rows.action.pk, "action"),
    (make_shortcut, "toolbox", lambda rows, things: things.toolbox.pk, "toolbox"),
    (make_case, "action", lambda rows, things: rows.action.pk, "action"),
    (make_case, "tester", lambda rows, things: rows.action.pk, "tester"),
    (make_result, "case", lambda rows, things: things.case.pk, "case"),
    (
        make_result,
        "implementation",
        lambda rows, things: rows.implementation.pk,
        "implementation",
    ),
    (make_result, "tester", lambda rows, things: rows.implementation.pk, "tester"),
    (make_dashboard, "bloks", lambda rows, things: [things.bound.pk], "blok"),
    (change_dashboard, "dashboard", lambda rows, things: things.dashboard.pk, "dashboard"),
    (change_dashboard, "bloks", lambda rows, things: [things.bound.pk], "blok"),
    (make_space, "agent", lambda rows, things: rows.agent.pk, "agent"),
    (make_space, "blok", lambda rows, things: things.bound.pk, "blok"),
    (set_policy, "action", lambda rows, things: rows.action.pk, "action"),
]


@pytest.mark.parametrize(("act", "wish", "pick", "field"), NAMED, ids=name_of_case)
async def test_a_foreign_thing_is_as_absent_as_one_that_never_was(
    both: Both, act: Act, wish: str, pick: Callable[..., Any], field: str
) -> None:
    before = await counts()
    foreign = pick(both.theirs, both.foreign)
    absent: Any = [2**62] if isinstance(foreign, list) else 2**62
    told = []
    for key in (foreign, absent):
        with pytest.raises(NotFound) as refusal:
            await act(both.me, both, {wish: key})
        told.append((refusal.value.field, refusal.value.message))
    assert told[0] == told[1]
    assert told[0][0] == field
    assert await counts() == before
    assert await act(both.me, both, {wish: pick(both.ours, both.things)})


DELETED: list[tuple[str, Callable[..., Awaitable[str]], str]] = [
    ("shortcut", shortcut.shortcut_delete, "shortcut"),
    ("dashboard", dashboard.dashboard_delete, "dashboard"),
    ("space", dashboard.space_delete, "space"),
]


@pytest.mark.parametrize(("name", "delete", "argument"), DELETED)
async def test_a_thing_is_deleted_once_and_by_its_own_people(
    both: Both, name: str, delete: Callable[..., Awaitable[str]], argument: str
) -> None:
    foreign, own = getattr(both.foreign, name), getattr(both.things, name)
    with pytest.raises(NotFound):
        await delete(principal=both.me, **{argument: foreign.pk})
    assert await count(type(own)) == 2
    assert await delete(principal=both.me, **{argument: str(own.pk)}) == str(own.pk)
    with pytest.raises(NotFound):
        await delete(principal=both.me, **{argument: own.pk})
    assert await count(type(own), pk=foreign.pk) == 1


ACTS: list[Act] = [
    make_shortcut,
    make_case,
    make_result,
    make_dashboard,
    change_dashboard,
    make_space,
    shelve,
    set_policy,
]


@pytest.mark.parametrize("role", ["viewer", "deployer", "unheard-of"])
@pytest.mark.parametrize("act", ACTS, ids=name_of_case)
async def test_without_a_role_that_works_with_apps_nothing_is_made(
    both: Both, mint: TokenMint, act: Act, role: str
) -> None:
    before = await counts()
    weak = mint.member(
        sub=both.me.subject,
        org=both.me.organization,
        active_org=both.me.organization_slug,
        client_id=both.me.client,
        roles=[role],
    ).principal
    with pytest.raises(PermissionDenied):
        await act(weak, both, {})
    assert await counts() == before


async def test_shortcuts_without_a_toolbox_share_one(both: Both) -> None:
    first = await make_shortcut(both.me, both, {})
    second = await make_shortcut(both.me, both, {"name": "  t  ", "bind_number": 3})
    assert first.toolbox_id == second.toolbox_id
    assert (second.name, second.bind_number, second.allow_quick) == ("t", 3, False)
    assert await count(models.Toolbox, name=shortcut.DEFAULT_TOOLBOX) == 1


async def test_a_case_without_a_name_is_called_after_its_actions(both: Both) -> None:
    made = await make_case(both.me, both, {})
    assert made.name == "Add ours tries Add ours"
    await sync_to_async(models.Action.objects.filter(pk=both.ours.action.pk).update)(
        name="n" * 1000
    )
    assert len((await make_case(both.me, both, {})).name) == 400


@pytest.mark.parametrize("wish", ["implementation", "tester"])
async def test_a_result_is_of_the_actions_of_its_case(both: Both, wish: str) -> None:
    rows = both.ours
    show = await sync_to_async(world.make_action)(rows.organization, rows.action.app, world.SHOW)
    other = await sync_to_async(models.Implementation.objects.create)(
        agent=rows.agent, action=show, interface="show"
    )
    with pytest.raises(InvalidInput) as refusal:
        await make_result(both.me, both, {wish: other.pk})
    assert refusal.value.field == wish


async def test_what_is_left_out_of_a_change_stays(both: Both) -> None:
    page = both.things.dashboard
    renamed = await change_dashboard(both.me, both, {"name": "new"})
    assert await sync_to_async(renamed.bloks.count)() == 1
    emptied = await change_dashboard(both.me, both, {"bloks": []})
    assert emptied.name == "new"
    assert await sync_to_async(emptied.bloks.count)() == 0
    assert emptied.pk == page.pk


async def test_a_refused_placement_leaves_no_room_behind(both: Both) -> None:
    wishes = [
        dashboard.PlacementWish(agent=both.ours.agent.pk, affine_matrix=MATRIX),
        dashboard.PlacementWish(agent=both.theirs.agent.pk),
    ]
    before = await counts()
    with pytest.raises(NotFound):
        await dashboard.space_create(principal=both.me, name="r", placements=wishes)
    assert await counts() == before
    made = await dashboard.space_create(principal=both.me, name="r", placements=wishes[:1] * 2)
    placed = await sync_to_async(list)(made.placements.all())
    assert [(row.role, row.affine_matrix) for row in placed] == [("", MATRIX)] * 2


async def test_the_longest_words_of_a_drawer_are_kept(both: Both) -> None:
    longest = {"resource_id": "r" * 200, "label": "l" * 1000, "identifier": "i" * 400}
    made = await shelve(both.me, both, longest)
    stored = await sync_to_async(models.Drawer.objects.get)(pk=made.pk)
    assert {name: getattr(stored, name) for name in longest} == longest
    assert stored.agent_id == both.ours.agent.pk


@pytest.mark.parametrize("key", ["r-theirs", "0", "-1", "", "9" * 5000])
async def test_drawers_of_strangers_are_not_reached(both: Both, key: str) -> None:
    for act in (
        drawer.drawer_unshelve(principal=both.me, drawer=key),
        drawer.drawers_collect(principal=both.me, drawers=[key]),
        drawer.drawer_unshelve(principal=both.me, drawer=str(both.foreign.drawer.pk)),
        drawer.drawers_collect(principal=both.me, drawers=[str(both.foreign.drawer.pk)]),
    ):
        with pytest.raises(NotFound):
            await act
    assert await count(models.Drawer, collected_at=None) == 2


async def test_only_an_admin_empties_the_shelves_of_others(both: Both, mint: TokenMint) -> None:
    key = str(both.things.drawer.pk)
    for role, is_found in (("user", False), ("editor", False), ("admin", True)):
        neighbour = mint.member(
            sub="neighbour",
            org=both.me.organization,
            active_org=both.me.organization_slug,
            client_id="neighbour",
            roles=[role],
        ).principal
        if is_found:
            assert await drawer.drawers_collect(principal=neighbour, drawers=[key]) == [key]
        else:
            with pytest.raises(NotFound):
                await drawer.drawers_collect(principal=neighbour, drawers=[key])
        assert await count(models.Drawer, collected_at=None) == (1 if is_found else 2)


async def test_a_policy_is_replaced_whole_and_its_bounds_are_taken(both: Both) -> None:
    action = both.ours.action.pk
    longest = {"run_limit_seconds": 366 * 24 * 3600.0, "keep_days": 36_600.0}
    first = await set_policy(both.me, both, {"action": action, "rerun_lost": True} | longest)
    assert (first.run_limit_seconds, first.keep_days) == tuple(longest.values())
    second = await set_policy(both.me, both, {"action": action, "pickup_limit_seconds": 0.001})
    assert second.pk == first.pk
    assert (second.rerun_lost, second.run_limit_seconds, second.keep_days) == (False, None, None)
    general = await set_policy(both.me, both, {})
    assert general.pk != first.pk
    for key, was_there in ((action, True), (action, False), (None, True), (None, False)):
        deleted = await run_policy.run_policy_delete(principal=both.me, action=key)
        assert deleted is was_there


@given(st.text(max_size=30), st.integers(1, 20))
def test_a_name_is_kept_or_refused_by_its_length(text: str, longest: int) -> None:
    try:
        name = name_of(text, "field", longest=longest)
    except InvalidInput as refusal:
        assert refusal.field == "field"
        stripped = text.strip()
        assert not (0 < len(stripped) <= longest and stripped.isprintable())
    else:
        assert name == text.strip()
        assert 0 < len(name) <= longest


@given(st.text(max_size=30), st.integers(1, 20))
def test_a_text_is_kept_as_it_is_or_refused(text: str, longest: int) -> None:
    fits = len(text) <= longest and "\x00" not in text
    try:
        assert text_of(text, "field", longest=longest) == text
    except PlatformError:
        assert not fits
    else:
        assert fits
