"""What is written down of jobs and workers, in a real database."""

from __future__ import annotations

import os
import threading
from datetime import timedelta

import pytest
from django.db import OperationalError

from chassis import clock
from chassis.background import ledger
from chassis.background.ledger import (
    Ledger,
    forget_failure,
    look,
    problem_of,
    say_that_it_lives,
    want,
)
from chassis.errors import InvalidInput

#: A pen gives its connection back after each line, which a test inside of a transaction cannot.
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_run_leaves_a_row():
    pen = Ledger("service")
    pen.started("sweep")
    begun = look()[0]["sweep"]
    assert begun.started_at is not None
    assert (begun.ended_at, begun.runs, begun.worker) == (None, 0, pen.worker)
    pen.ended("sweep", None)
    done = look()[0]["sweep"]
    assert done.ended_at is not None
    assert (done.runs, done.failures, done.failed_at, done.problem) == (1, 0, None, "")


def test_a_failure_stays_until_a_run_goes_well():
    pen = Ledger("service")
    pen.started("sweep")
    pen.ended("sweep", RuntimeError("password=hunter2"))
    failed = look()[0]["sweep"]
    assert failed.failed_at is not None
    assert (failed.problem, failed.runs, failed.failures) == ("RuntimeError", 1, 1)
    pen.started("sweep")
    assert look()[0]["sweep"].failed_at is not None
    pen.ended("sweep", None)
    well = look()[0]["sweep"]
    assert (well.failed_at, well.problem, well.runs, well.failures) == (None, "", 2, 1)


def test_only_our_own_sentences_are_told():
    assert problem_of(InvalidInput("The folder is gone.")) == "The folder is gone."
    assert problem_of(InvalidInput("x" * 1000)) == "x" * 300
    assert problem_of(KeyError("secret")) == "KeyError"


def test_what_is_wanted_is_so_until_it_begins():
    pen = Ledger("service")
    pen.started("sweep")
    pen.ended("sweep", None)
    want("sweep")
    assert look()[0]["sweep"].wanted_at is not None
    pen.started("sweep")
    assert look()[0]["sweep"].wanted_at is None


def test_a_failure_can_be_forgotten():
    pen = Ledger("service")
    pen.started("sweep")
    pen.ended("sweep", RuntimeError())
    pen.started("broken")
    for name in ("sweep", "broken"):
        forget_failure(name)
    rows = look()[0]
    assert (rows["sweep"].failed_at, rows["sweep"].problem) == (None, "")
    assert rows["broken"].ended_at == rows["broken"].started_at


def test_workers_come_beat_and_go(monkeypatch):
    one, other = Ledger("worker"), Ledger("timer")
    one.beat()
    other.beat()
    first = look()[1]
    assert {row.kind for row in first} == {"worker", "timer"}
    assert {row.pid for row in first} == {os.getpid()}
    later = clock.now() + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    one.beat()
    assert {row.kind: row.beat_at == later for row in look()[1]} == {"worker": True, "timer": False}
    one.gone()
    assert [row.kind for row in look()[1]] == ["timer"]


def test_who_was_silent_for_a_day_is_forgotten(monkeypatch):
    Ledger("worker").beat()
    later = clock.now() + timedelta(days=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    Ledger("timer").beat()
    assert [row.kind for row in look()[1]] == ["timer"]


def test_a_process_of_a_broker_beats_until_it_is_over():
    over = threading.Event()
    over.set()
    pen = Ledger("worker")
    say_that_it_lives(pen, over)
    assert look()[1] == []


def test_a_database_that_is_away_stops_no_work(monkeypatch, caplog):
    class Away:
        def cursor(self):
            raise OperationalError("no route")

    monkeypatch.setattr(ledger, "connection", Away())
    pen = Ledger("service")
    pen.started("sweep")
    pen.ended("sweep", None)
    pen.beat()
    pen.gone()
    assert {record.event for record in caplog.records} == {"job.not_noted"}
