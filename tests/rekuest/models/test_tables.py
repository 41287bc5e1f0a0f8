"""The tables: what the database itself refuses, and how it is laid out."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from world import Rows, make, make_event, make_task

from chassis.testing.mint import Member, TokenMint
from rekuest_server import models

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(mint: TokenMint) -> Rows:
    member: Member = mint.member()
    return make(member.principal)


def test_models_and_migrations_agree() -> None:
    call_command("makemigrations", "rekuest", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize(
    "keys",
    [
        {"reference": "same"},
        {"parent_step": 3},
        {"call_key": "k"},
    ],
)
def test_rule_11_the_keys_of_a_task_are_unique(rows: Rows, keys: dict[str, object]) -> None:
    shared = {"parent": rows.task} | keys if "reference" not in keys else keys
    make_task(rows.caller, rows.implementation, **({"reference": "one"} | shared))
    with pytest.raises(IntegrityError), transaction.atomic():
        make_task(rows.caller, rows.implementation, **({"reference": "two"} | shared))


def test_keys_of_other_parents_and_none_may_repeat(rows: Rows) -> None:
    for number in range(2):
        make_task(rows.caller, rows.implementation, reference=f"root-{number}", call_key="k")
        make_task(rows.caller, rows.implementation, reference=f"c-{number}", parent=rows.task)


def test_a_position_of_a_session_is_projected_once(rows: Rows) -> None:
    session = models.JournalSession.objects.create(agent=rows.agent, session_id="s")
    make_event(rows.task, "YIELD", session=session, agent_pos=4)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_event(rows.task, "YIELD", session=session, agent_pos=4)
    make_event(rows.task, "YIELD", session=session, agent_pos=None)
    make_event(rows.task, "YIELD", session=session, agent_pos=None)


def test_task_rows_have_room_to_change_in_place() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reloptions FROM pg_class WHERE relname = 'rekuest_task'")
        assert cursor.fetchone() == (["fillfactor=60"],)
