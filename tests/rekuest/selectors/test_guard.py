"""Whether a state moved since an earlier revision: which changes count, and where."""

from __future__ import annotations

from typing import Any

import pytest
import world

from chassis import clock
from chassis.testing.mint import TokenMint
from rekuest_server import models
from rekuest_server.selectors.guard import Revision, Unresolved, state_revision


@pytest.fixture
def rows(db: None, mint: TokenMint) -> world.Rows:
    """Our rows; the state was published by the process "one"."""
    rows = world.make(mint.member().principal)
    session = models.JournalSession.objects.create(agent=rows.agent, session_id="one", states_rev=5)
    rows.state.session = session
    rows.state.save()
    return rows


def patch(rows: world.Rows, revision: int, path: str, task: int | None = None) -> None:
    models.Patch.objects.create(
        session=rows.state.session,
        state=rows.state,
        interface=rows.state.interface,
        global_rev=revision,
        op="replace",
        path=path,
        value=1,
        task_id=task,
        timestamp=clock.now(),
    )


def ask(rows: world.Rows, **wish: Any) -> Revision:
    given = {"parent": rows.task.pk, "agents": [rows.agent.pk], "state": "stage"}
    return state_revision(**(given | wish))


def since(rows: world.Rows, revision: Any = 0, **changes: Any) -> dict[str, Any]:
    return {"agent": str(rows.agent.pk), "session": "one", "revision": revision} | changes


def test_a_revision_names_the_agent_the_process_and_the_number(rows: world.Rows) -> None:
    told = ask(rows)
    assert told == Revision(since(rows, 5))
    assert ask(rows, state="stage_ours") == told


@pytest.mark.parametrize(
    ("path", "guarded", "is_change"),
    [
        ("/x", (), True),
        ("/x", ("/x",), True),
        ("/x", ("x",), True),
        ("/x", ("/y", "/x"), True),
        ("/x", ("/y",), False),
        ("/x", ("/xx",), False),
        ("/x/0/a", ("/x",), True),
        ("/x/0/a", ("/x/0",), True),
        ("/x/0/a", ("/x/1",), False),
        ("/x/0/a", ("x.0.a",), True),
        ("/x/0/a", ("x.1",), False),
        ("", ("/x",), True),
        ("/", ("/x",), True),
        ("/x", ("",), True),
    ],
)
def test_a_change_counts_at_above_and_below_a_guarded_place(
    rows: world.Rows, path: str, guarded: tuple[str, ...], is_change: bool
) -> None:
    patch(rows, 3, path)
    told = ask(rows, since=since(rows, 2), paths=guarded)
    assert told.changed is is_change
    assert (told.detail is not None) is is_change
    assert ask(rows, since=since(rows, 3), paths=guarded).changed is False


def test_changes_of_the_run_below_a_task_do_not_count(rows: world.Rows) -> None:
    child = world.make_task(rows.caller, rows.implementation, parent=rows.task, root=rows.task)
    grandchild = world.make_task(rows.caller, rows.implementation, parent=child, root=rows.task)
    for number, task in enumerate((rows.task, child, grandchild), start=1):
        patch(rows, number, "/x", task.pk)
    assert ask(rows, since=since(rows)).changed is False
    # Seen from the child, the parent is somebody else.
    told = ask(rows, parent=child.pk, since=since(rows))
    assert (told.changed, f"task {rows.task.pk}" in (told.detail or "")) == (True, True)


def test_the_first_change_of_another_is_told(rows: world.Rows) -> None:
    stranger = world.make_task(rows.caller, rows.implementation)
    patch(rows, 1, "/x", rows.task.pk)
    patch(rows, 4, "/z")
    patch(rows, 2, "/y", stranger.pk)
    told = ask(rows, since=since(rows))
    assert told.detail == f"/y was changed by task {stranger.pk}."
    assert ask(rows, since=since(rows, 2)).detail == "/z was changed by the agent itself."
    patch(rows, 5, "")
    assert ask(rows, since=since(rows, 4)).detail == (
        "the whole state was changed by the agent itself."
    )


@pytest.mark.parametrize("changes", [{"session": "two"}, {"agent": "0"}, {"session": None}])
def test_a_state_of_another_process_was_set_up_again(
    rows: world.Rows, changes: dict[str, Any]
) -> None:
    told = ask(rows, since=since(rows, 5, **changes))
    assert (told.changed, "set up again" in (told.detail or "")) == (True, True)
    assert told.revision == since(rows, 5)


@pytest.mark.parametrize("revision", [None, 0, "0", ""])
def test_without_a_number_everything_since_the_beginning_counts(
    rows: world.Rows, revision: Any
) -> None:
    patch(rows, 1, "/x")
    assert ask(rows, since=since(rows, revision)).changed is True


@pytest.mark.parametrize("revision", ["x", -1, 1.5, [1], {"a": 1}, True, "9" * 5000, 2**63])
def test_a_number_that_is_none_is_told(rows: world.Rows, revision: Any) -> None:
    with pytest.raises(Unresolved, match="is no number"):
        ask(rows, since=since(rows, revision))


def test_changes_of_other_states_do_not_count(rows: world.Rows) -> None:
    other = world.make_state(rows.agent, "second")
    models.Patch.objects.create(
        session=rows.state.session,
        state=other,
        interface=other.interface,
        global_rev=3,
        op="replace",
        path="/x",
        timestamp=clock.now(),
    )
    assert ask(rows, since=since(rows)).changed is False


def test_the_first_agent_that_publishes_it_is_asked(rows: world.Rows) -> None:
    without = world.make_neighbour(rows, 1)
    other = world.make_neighbour(rows, 2)
    session = models.JournalSession.objects.create(agent=other, session_id="two", states_rev=9)
    models.State.objects.filter(pk=world.make_state(other, "ours").pk).update(session=session)
    told = ask(rows, agents=[without.pk, other.pk, rows.agent.pk])
    assert told.revision == {"agent": str(other.pk), "session": "two", "revision": 9}


def test_an_interface_wins_over_a_key_of_the_same_name(rows: world.Rows) -> None:
    named = world.make_state(rows.agent, "second")
    models.State.objects.filter(pk=named.pk).update(
        interface="stage", key="other", session=rows.state.session
    )
    patch(rows, 3, "/x")  # of the state with the key
    assert ask(rows, since=since(rows)).changed is False
    assert ask(rows, state="stage_ours", since=since(rows)).changed is True


def test_what_is_not_published_is_told(rows: world.Rows) -> None:
    with pytest.raises(Unresolved, match="No agent of the dependency publishes the state 'gone'"):
        ask(rows, state="gone")
    with pytest.raises(Unresolved, match="No agent"):
        ask(rows, agents=[])
    models.State.objects.update(session=None)
    with pytest.raises(Unresolved, match="was never published"):
        ask(rows)
    models.State.objects.update(retired_at=clock.now())
    with pytest.raises(Unresolved, match="No agent"):
        ask(rows)
