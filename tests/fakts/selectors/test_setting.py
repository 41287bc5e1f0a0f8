"""The trail as a sheet, values, machines: what admins and members see of them."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from people import member, principal

from chassis.errors import PermissionDenied
from fakts_server.models.app import App, Device
from fakts_server.models.audit import AuditEntry
from fakts_server.operations.remote_value import Target, value_remove, value_set
from fakts_server.selectors.setting import (
    audit_csv,
    device_by_raw_id,
    devices_visible_to,
    value_history,
    values_visible_to,
)

CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80)


def sheet(who) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(audit_csv(who)), newline="")))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=CELLS)
def test_no_cell_is_run_and_none_is_lost(lab, text):
    entry = AuditEntry.objects.create(
        organization_id=lab.organization_id,
        action="app.named",
        client_id=text[:40],
        actor_id=lab.user_id,
        details={},
    )
    row = sheet(principal(lab))[-1]
    assert row["at"] == entry.at.isoformat()
    assert (row["actor"], row["action"]) == ("ada", "app.named")
    cell = row["client_id"]
    assert cell in (text[:40], f"'{text[:40]}")
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_formulas_are_quoted(lab, start):
    AuditEntry.objects.create(
        organization_id=lab.organization_id, action=f"{start}cmd", details={"a": 1, "b": "x"}
    )
    row = sheet(principal(lab))[-1]
    assert row["action"] == f"'{start}cmd"
    assert (row["details"], row["actor"]) == ("a=1 b=x", "")


@pytest.mark.parametrize(("name", "shown"), [("ada", "ada"), ("stranger", "#")])
def test_the_sheet_names_for_whom_among_the_members(lab, rival, name, shown):
    whom = {"ada": lab, "stranger": rival}[name].user_id
    AuditEntry.objects.create(
        organization_id=lab.organization_id, action="app.approved", details={"user": whom}
    )
    cell = sheet(principal(lab))[-1]["for"]
    assert cell == (shown if shown != "#" else f"#{whom}")


def test_the_sheet_is_of_one_organization_and_for_its_admins(lab, rival):
    for side, action in ((lab, "here"), (rival, "there")):
        AuditEntry.objects.create(
            organization_id=side.organization_id, action=action, actor_id=999_999, details={}
        )
    rows = sheet(principal(lab))
    assert "there" not in {row["action"] for row in rows}
    assert rows[-1]["actor"] == "#999999", "people who are gone keep a number"
    with pytest.raises(PermissionDenied):
        sheet(principal(member(lab, "eve")))


def test_values_that_hold_and_all_there_were(lab, rival):
    who = principal(lab)
    for value in (1, 2, 3):
        value_set(principal=who, target=Target("a.b"), value=value)
    value_set(principal=who, target=Target("c.d"), value="x")
    value_set(principal=principal(rival), target=Target("a.b"), value="theirs")
    value_remove(principal=who, target=Target("c.d"))
    held = [(one.key, one.value, one.version) for one in values_visible_to(who)]
    assert held == [("a.b", 3, 3)]
    assert [one.value for one in value_history(who, "a.b")] == [3, 2, 1]
    gone = [(one.is_removed, one.is_current) for one in value_history(who, "c.d")]
    assert gone == [(True, True), (False, False)]
    assert list(value_history(who, "never.set")) == []
    eve = principal(member(lab, "eve"))
    for ask in (values_visible_to, lambda one: value_history(one, "a.b")):
        with pytest.raises(PermissionDenied):
            ask(eve)


def test_one_key_has_a_history_for_each_target(lab):
    who = principal(lab)
    app = App.objects.create(organization=lab.organization, identifier="org.example.a")
    device = Device.objects.create(organization=lab.organization, fingerprint="f")
    targets = [
        Target("a.b"),
        Target("a.b", app.pk),
        Target("a.b", None, device.pk),
        Target("a.b", app.pk, device.pk),
    ]
    for turn in (1, 2):
        made = [value_set(principal=who, target=one, value=turn) for one in targets]
        assert [one.version for one in made] == [turn] * 4
    assert len(values_visible_to(who)) == 4
    value_remove(principal=who, target=targets[1])
    left = {(one.app_id, one.device_id) for one in values_visible_to(who)}
    assert left == {(None, None), (None, device.pk), (app.pk, device.pk)}


@pytest.mark.parametrize("name", ["3d12aa", "", "a\0b", "\ud800", "x" * 5000])
def test_a_machine_is_found_by_what_it_calls_itself(api, lab, rival, approve, name):
    approve(api.start(device_id="3d12aa"))
    found = list(device_by_raw_id(principal(lab), name))
    assert found == (list(devices_visible_to(principal(lab))) if name == "3d12aa" else [])
    assert list(device_by_raw_id(principal(rival), name)) == []
