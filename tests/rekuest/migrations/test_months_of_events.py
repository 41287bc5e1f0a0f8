"""The journal of events of a home that is upgraded: what is in it stays, and goes on."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

pytestmark = pytest.mark.django_db

SPLIT = import_module("rekuest_server.migrations.0005_months_of_events").SPLIT


@pytest.fixture
def old() -> Iterator[Any]:
    """The model of an event before the upgrade, in a schema of its own."""
    state = MigrationLoader(connection).project_state(("rekuest", "0004_limits_of_runs"))
    model = state.apps.get_model("rekuest", "TaskEvent")
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA upgraded")
        cursor.execute("SET LOCAL search_path TO upgraded")
    with connection.schema_editor() as editor:
        editor.create_model(model)
    yield model
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path TO DEFAULT")
        cursor.execute("DROP SCHEMA upgraded CASCADE")


def split() -> None:
    with connection.cursor() as cursor:
        cursor.execute(SPLIT)


def tables() -> dict[str, int]:
    """Return how many events each table holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tableoid::regclass::text, count(*) FROM rekuest_taskevent GROUP BY 1"
        )
        return dict(cursor.fetchall())


def first_month() -> str:
    now = timezone.now()
    year, month = (now.year + 1, 1) if now.month == 12 else (now.year, now.month + 1)
    return f"rekuest_taskevent_until_{year}{month:02}01"


def make(model: Any, count: int) -> list[int]:
    events = [
        model(task_id=1, kind="LOG", session_id=1, agent_pos=pos, created_at=timezone.now())
        for pos in range(count)
    ]
    return [event.pk for event in model.objects.bulk_create(events)]


def test_what_is_there_stays_as_the_first_month(old: Any) -> None:
    ids = make(old, 50)
    old.objects.filter(pk__lte=ids[9]).update(created_at="2021-03-04T05:06:07Z")
    before = list(old.objects.order_by("pk").values())
    split()
    assert list(old.objects.order_by("pk").values()) == before
    assert tables() == {first_month(): 50}


def test_ids_go_on_where_they_were(old: Any) -> None:
    last = make(old, 5)[-1]
    old.objects.filter(pk=last).delete()
    split()
    made = old.objects.create(task_id=1, kind="LOG")
    assert made.pk == last + 1


def test_an_empty_journal_begins_at_one(old: Any) -> None:
    split()
    assert old.objects.create(task_id=1, kind="LOG").pk == 1
    assert tables() == {first_month(): 1}


def test_positions_and_ids_stay_unique(old: Any) -> None:
    ids = make(old, 2)
    split()
    for double in ({"session_id": 1, "agent_pos": 1}, {"pk": ids[0]}):
        with pytest.raises(IntegrityError), transaction.atomic():
            old.objects.create(task_id=1, kind="LOG", **double)


def test_an_event_of_a_clock_gone_wrong_is_kept_too(old: Any) -> None:
    split()
    made = old.objects.create(task_id=1, kind="LOG")
    old.objects.filter(pk=made.pk).update(created_at="2099-01-01T00:00:00Z")
    assert tables() == {"rekuest_taskevent_other": 1}


def test_events_that_are_ahead_of_the_clock_do_not_hinder_the_upgrade(old: Any) -> None:
    made = make(old, 1)
    old.objects.filter(pk=made[0]).update(created_at="2099-01-15T00:00:00Z")
    split()
    assert tables() == {"rekuest_taskevent_until_20990201": 1}
