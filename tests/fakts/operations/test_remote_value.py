"""Values for apps: typed, versioned, in the envelope."""

from __future__ import annotations

import pytest
from people import member, principal

from chassis.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from fakts_server.models.app import App, Device
from fakts_server.models.audit import AuditEntry
from fakts_server.models.setting import RemoteValue
from fakts_server.operations.remote_value import Target, value_remove, value_rollback, value_set


@pytest.fixture
def ada(lab):
    return principal(lab)


def put(who, value, key="docker.sync_interval", **wish):
    kind = wish.pop("kind", None)
    return value_set(principal=who, target=Target(key, **wish), value=value, kind=kind)


def test_a_change_reaches_the_app_at_its_next_refresh(api, ada, logged_in):
    assert logged_in["values"] == {}
    put(ada, 5, kind="integer")
    after = api.refresh(logged_in).json()
    assert after["values"] == {"docker.sync_interval": 5}
    put(ada, 9)
    assert api.refresh(after).json()["values"] == {"docker.sync_interval": 9}


def test_the_most_special_one_holds_and_gives_way_again(api, ada, logged_in):
    app, device = App.objects.get(identifier="org.example.blobs"), Device.objects.get()
    for value, place in (
        ("all", {}),
        ("app", {"app": app.pk}),
        ("device", {"device": device.pk}),
        ("both", {"app": app.pk, "device": device.pk}),
    ):
        put(ada, value, key="k", **place)
    envelope = logged_in
    for place, left in (
        ({"app": app.pk, "device": device.pk}, "device"),
        ({"device": device.pk}, "app"),
        ({"app": app.pk}, "all"),
    ):
        value_remove(principal=ada, target=Target("k", **place))
        envelope = api.refresh(envelope).json()
        assert envelope["values"] == {"k": left}


def test_values_of_other_apps_and_organizations_stay_away(api, ada, rival, logged_in, lab):
    other = App.objects.create(organization=lab.organization, identifier="org.o", name="o")
    put(ada, 1, key="theirs", app=other.pk)
    put(principal(rival), 2, key="foreign")
    assert api.refresh(logged_in).json()["values"] == {}


def test_a_rollback_is_a_new_version(ada):
    first, second = put(ada, "a", kind="text"), put(ada, "b")
    back = value_rollback(principal=ada, version_id=first.pk)
    assert (back.value, back.version, back.kind) == ("a", 3, "text")
    with pytest.raises(Conflict):
        value_rollback(principal=ada, version_id=back.pk)
    versions = RemoteValue.objects.order_by("version")
    assert [one.is_current for one in versions] == [False, False, True]
    assert second.version == 2


def test_a_removed_value_comes_back_by_rollback(ada):
    first = put(ada, "a")
    target = Target("docker.sync_interval")
    value_remove(principal=ada, target=target)
    with pytest.raises(NotFound):
        value_remove(principal=ada, target=target)
    assert not value_rollback(principal=ada, version_id=first.pk).is_removed


def test_kinds_do_not_change_silently(ada):
    put(ada, 5, kind="integer")
    with pytest.raises(InvalidInput) as refused:
        put(ada, "five")
    assert refused.value.field == "value"
    assert put(ada, "five", kind="text").kind == "text"


@pytest.mark.parametrize(
    ("key", "value", "kind", "field"),
    [
        ("Bad Key", 1, None, "key"),
        ("a", 1, "colour", "kind"),
        ("a", None, None, "value"),
        ("a", "x" * 20_000, None, "value"),
    ],
)
def test_bad_values_name_their_field(ada, key, value, kind, field):
    with pytest.raises(InvalidInput) as refused:
        put(ada, value, key=key, kind=kind)
    assert refused.value.field == field


def test_targets_are_ones_own(ada, lab, rival):
    app = App.objects.create(organization=rival.organization, identifier="org.o", name="o")
    with pytest.raises(NotFound):
        put(ada, 1, app=app.pk)
    mine = put(ada, 1)
    with pytest.raises(NotFound):
        value_rollback(principal=principal(rival), version_id=mine.pk)
    with pytest.raises(PermissionDenied):
        put(principal(member(lab, "eve", "editor")), 2)


def test_the_trail_does_not_hold_the_value(ada):
    put(ada, "s3cr3t")
    entry = AuditEntry.objects.get()
    assert entry.action == "value.changed"
    assert "s3cr3t" not in str(entry.details)
