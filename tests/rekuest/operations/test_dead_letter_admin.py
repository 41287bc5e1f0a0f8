"""Dead letters: seen by admins, tried again, thrown away."""

from __future__ import annotations

from typing import Any

import pytest
import world
from asgiref.sync import sync_to_async
from rows import count, events_of, kinds_of, update

from chassis.testing.client import GraphQLClient
from chassis.testing.mint import Member, TokenMint
from rekuest_server import models

REPLAY = "mutation r($id: ID!) { replayDeadLetter(id: $id) }"
DISMISS = "mutation r($id: ID!) { dismissDeadLetter(id: $id) }"


@pytest.fixture
async def rows(application: Any, ada: Member) -> world.Rows:
    return await sync_to_async(world.make)(ada.principal)


@pytest.fixture
async def letter(rows: world.Rows) -> models.DeadLetter:
    return await sync_to_async(world.make_dead_letter)(rows, "the task is not known")


async def test_an_admin_sees_what_was_set_aside(
    graphql: GraphQLClient, ada: Member, rows: world.Rows, letter: models.DeadLetter
) -> None:
    query = "query q($f: DeadLetterFilter) { deadLetters(filters: $f) { reason agent { id } } }"
    seen = [{"reason": "the task is not known", "agent": {"id": str(rows.agent.pk)}}]
    for given, found in (
        (None, seen),
        ({"agent": str(rows.agent.pk)}, seen),
        ({"task": str(letter.task_id)}, seen),
        ({"search": "KNOWN"}, seen),
        ({"search": "else"}, []),
        ({"agent": "0"}, []),
    ):
        assert (await graphql(query, ada, f=given)).ok() == {"deadLetters": found}


async def test_a_letter_that_can_be_used_by_now_is_projected(
    graphql: GraphQLClient, ada: Member, letter: models.DeadLetter
) -> None:
    key = str(letter.pk)
    assert (await graphql(REPLAY, ada, id=key)).ok() == {"replayDeadLetter": key}
    (event,) = await events_of(letter.task_id or 0)
    assert (event.kind, event.message) == ("LOG", "the task is not known")
    assert await count(models.DeadLetter) == 0
    assert (await graphql(REPLAY, ada, id=key)).codes == ["NOT_FOUND"]


async def test_a_late_letter_becomes_a_note(
    graphql: GraphQLClient, ada: Member, letter: models.DeadLetter
) -> None:
    await update(models.Task, letter.task_id or 0, is_done=True, latest_kind="COMPLETED")
    frame = letter.frame.replace("LOG", "CRITICAL")
    await update(models.DeadLetter, letter.pk, frame=frame)
    assert (await graphql(REPLAY, ada, id=str(letter.pk))).ok()
    assert await kinds_of(letter.task_id or 0) == ["LATE_REPORT"]


@pytest.mark.parametrize("frame", ["", "{", '{"type": "HEARTBEAT_ANSWER"}', '{"type": "GONE"}'])
async def test_a_letter_that_still_cannot_be_read_stays(
    graphql: GraphQLClient, ada: Member, letter: models.DeadLetter, frame: str
) -> None:
    await update(models.DeadLetter, letter.pk, frame=frame)
    assert (await graphql(REPLAY, ada, id=str(letter.pk))).codes == ["CONFLICT"]
    assert await count(models.DeadLetter) == 1


async def test_a_letter_about_a_foreign_task_stays(
    graphql: GraphQLClient, ada: Member, rows: world.Rows, letter: models.DeadLetter
) -> None:
    other = await sync_to_async(world.make_neighbour)(rows, 1)
    await update(models.Task, letter.task_id or 0, agent_id=other.pk)
    assert (await graphql(REPLAY, ada, id=str(letter.pk))).codes == ["CONFLICT"]
    assert await count(models.DeadLetter) == 1


async def test_a_letter_is_thrown_away(
    graphql: GraphQLClient, ada: Member, letter: models.DeadLetter
) -> None:
    key = str(letter.pk)
    assert (await graphql(DISMISS, ada, id=key)).ok() == {"dismissDeadLetter": key}
    assert await count(models.DeadLetter) == 0
    assert await kinds_of(letter.task_id or 0) == []


async def test_only_admins_of_the_organization_handle_letters(
    graphql: GraphQLClient, letter: models.DeadLetter, mint: TokenMint
) -> None:
    editor = mint.member(roles=["editor"], client_id="editor")
    stranger = mint.member(org="2", active_org="second", client_id="stranger")
    for document in (REPLAY, DISMISS):
        answer = await graphql(document, editor, id=str(letter.pk))
        assert answer.codes == ["PERMISSION_DENIED"]
        assert (await graphql(document, stranger, id=str(letter.pk))).codes == ["NOT_FOUND"]
    assert (await graphql("{ deadLetters { id } }", stranger)).ok() == {"deadLetters": []}
    assert await count(models.DeadLetter) == 1
