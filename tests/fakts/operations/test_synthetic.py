"""The synthetic check: whose it is, what it may do, and how what it finds is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils.text import slugify
from prometheus_client import REGISTRY
from pydantic import ValidationError

from chassis.config import current
from fakts_server.adapters.record import STEPS
from fakts_server.adapters.visitor import KeyRefused, VisitRefused
from fakts_server.app import JOBS
from fakts_server.config import FaktsConfig
from fakts_server.http.synthetic import tell_check
from fakts_server.jobs.synthetic import check_platform
from fakts_server.models.mandate import Mandate
from fakts_server.models.organization import Membership
from fakts_server.operations import synthetic as operations
from fakts_server.operations.synthetic import KEY_FILE, ORGANIZATION, USERNAME, check_make
from fakts_server.wire.admin import OrgCreateOrder, UserCreateOrder

pytestmark = pytest.mark.django_db


class Visit:
    """Stands where the visitor stands; what the real one does, the story of a platform shows."""

    def __init__(self, calls: list[str], *, fails: str = "", refused: int = 0) -> None:
        self.calls, self.fails, self.refused = calls, fails, refused
        self.roles: list[str] = []

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def log_in(self, key: str) -> set[str]:
        self._do("log_in")
        if self.refused:
            self.refused -= 1
            raise KeyRefused("not known")
        self.roles = [role.identifier for role in member().roles.all()]
        return {"rekuest", "mikro", "s3"}

    def forget_runs_after(self, days: float) -> None:
        assert self.roles == ["admin"] and 0 < days <= 1
        self._do("forget_runs_after")

    def run_an_action(self) -> None:
        assert self.roles == ["bot"]
        self._do("run_an_action")

    def write(self) -> str:
        self._do("write")
        return "something"

    def read(self, written: str) -> None:
        assert written == "something"
        self._do("read")

    def _do(self, name: str) -> None:
        self.calls.append(name)
        if name == self.fails:
            raise VisitRefused(f"{name} went wrong")


Visits = Callable[..., list[str]]


@pytest.fixture
def visits(
    installed: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, configured: Any
) -> Visits:
    """Call it to say how the next visits go; it returns what they do."""
    configured(state_dir=tmp_path)

    def prepare(**how: Any) -> list[str]:
        calls: list[str] = []
        monkeypatch.setattr(operations, "Visitor", lambda **_: Visit(calls, **how))
        return calls

    return prepare


def member() -> Membership:
    return Membership.objects.get(organization__slug=ORGANIZATION)


def key() -> str:
    return (current(FaktsConfig).state_dir / KEY_FILE).read_text()


def test_it_is_an_admin_for_one_call_and_a_bot_from_then_on(visits: Visits) -> None:
    calls = visits()
    first = check_make()
    work = ["run_an_action", "write", "read"]
    assert calls == ["log_in", "forget_runs_after", "log_in", *work]
    assert (first.done, first.failed) == (1, 0)
    assert {*first.last.seconds} == {*STEPS}
    calls = visits()
    check_make()
    assert calls == ["log_in", *work]
    assert [role.identifier for role in member().roles.all()] == ["bot"]


def test_its_key_is_its_own_and_closed_to_others(visits: Visits) -> None:
    visits()
    check_make()
    file = current(FaktsConfig).state_dir / KEY_FILE
    assert file.stat().st_mode & 0o777 == 0o600
    mandate = Mandate.objects.get()
    assert mandate.pin_identifier == "bauhof.check" and mandate.grantor == member()
    assert not member().user.has_usable_password()


def test_nobody_can_take_its_names() -> None:
    orders = {"organization": ORGANIZATION, "slug": ORGANIZATION, "username": USERNAME}
    for model, field in ((OrgCreateOrder, "slug"), (UserCreateOrder, "username")):
        with pytest.raises(ValidationError) as refused:
            model.model_validate({field: orders[field]})
        assert (field,) in {error["loc"] for error in refused.value.errors()}
    # What people type is made a slug, which holds no dot.
    assert slugify(ORGANIZATION) != ORGANIZATION


def test_a_key_that_is_refused_is_followed_by_another(visits: Visits) -> None:
    visits()
    check_make()
    before = key()
    calls = visits(refused=1)
    record = check_make()
    assert record.last.step is None and key() != before
    assert calls[:2] == ["log_in", "log_in"]
    assert Mandate.objects.filter(revoked_at=None).count() == 1
    # One that is refused again is a failure, not a loop.
    visits(refused=2)
    record = check_make()
    assert (record.last.step, record.last.reason) == ("login", "not known")


@pytest.mark.parametrize(
    ("fails", "step"), [("run_an_action", "assign"), ("write", "write"), ("read", "read")]
)
def test_the_step_that_fails_is_named(visits: Visits, fails: str, step: str) -> None:
    visits(fails=fails)
    record = check_make()
    assert (record.last.step, record.last.reason) == (step, f"{fails} went wrong")
    assert step not in record.last.seconds and "login" in record.last.seconds


def test_an_admin_that_could_not_do_its_call_tries_again(visits: Visits) -> None:
    visits(fails="forget_runs_after")
    assert check_make().last.step == "login"
    calls = visits()
    assert check_make().last.step is None
    assert "forget_runs_after" in calls


def test_metrics_tell_what_was_found(visits: Visits) -> None:
    def told(name: str, **labels: str) -> float | None:
        return REGISTRY.get_sample_value(f"bauhof_synthetic_{name}", labels)

    visits()
    check_make()
    tell_check()
    assert told("up") == 1 and told("checks", outcome="done") == 1
    good = told("success_timestamp_seconds")
    assert good and told("step_seconds", step="read") is not None
    visits(fails="write")
    check_make()
    tell_check()
    assert told("up") == 0 and told("checks", outcome="failed") == 1
    assert told("success_timestamp_seconds") == good
    assert told("step_seconds", step="read") is None


def test_it_is_one_of_the_jobs_and_every_minute() -> None:
    assert check_platform in JOBS and check_platform.every_seconds == 60
