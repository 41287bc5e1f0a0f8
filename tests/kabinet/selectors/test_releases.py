"""The newest release of an app, and what is newer than what runs."""

from __future__ import annotations

import pytest
from crowd import crowd

from chassis import clock
from kabinet_server import models
from kabinet_server.selectors.releases import latest_of, mandate_manifest_of, update_of


@pytest.fixture
def app(db):
    found = crowd(1)
    models.Deployment.objects.all().delete()
    models.ReleaseApproval.objects.all().delete()
    found.release.delete()
    return found.app


def release(app, version, *, channel=None, flavours=1, retired=False):
    made = models.Release.objects.create(
        organization_id="1", app=app, version=version, channel=channel, released_at=clock.now()
    )
    for number in range(flavours):
        models.Flavour.objects.create(
            organization_id="1",
            release=made,
            name=f"f{number}",
            built_at=clock.now(),
            retired_at=clock.now() if retired else None,
        )
    return made


@pytest.mark.parametrize(
    ("versions", "newest"),
    [
        (["1.0.0"], "1.0.0"),
        (["1.9.0", "1.10.0", "1.2.0"], "1.10.0"),
        (["2.0.0-rc.1", "1.9.9"], "2.0.0-rc.1"),
        (["2.0.0-rc.1", "2.0.0"], "2.0.0"),
        (["2.0.0-rc.2", "2.0.0-rc.10"], "2.0.0-rc.10"),
        (["0.9", "0.10"], "0.10"),
    ],
)
def test_the_newest_is_so_by_its_numbers_in_whatever_order_they_came(app, versions, newest):
    for version in versions:
        release(app, version)
    assert latest_of(app.pk).version == newest
    models.Release.objects.all().delete()
    for version in reversed(versions):
        release(app, version)
    assert latest_of(app.pk).version == newest


def test_heads_of_channels_and_what_nobody_can_have_are_no_newest(app):
    assert latest_of(app.pk) is None
    release(app, "9.0.0", channel="main")
    release(app, "8.0.0", flavours=0)
    release(app, "7.0.0", retired=True)
    assert latest_of(app.pk) is None
    wanted = release(app, "1.0.0", flavours=3)
    assert latest_of(app.pk) == wanted
    assert latest_of(app.pk + 1) is None


def test_an_update_is_newer_and_never_the_same_or_older(app):
    old = release(app, "1.0.0")
    assert update_of(old) is None
    new = release(app, "1.1.0")
    assert update_of(old) == new
    assert update_of(new) is None
    # The head of a channel moves by itself.
    assert update_of(release(app, "0.1.0", channel="main")) is None
    # What runs may be gone from the store; what is offered is still newer, or not.
    gone = release(app, "2.0.0", retired=True)
    assert update_of(gone) is None
    assert update_of(release(app, "0.5.0", retired=True)) == new


def test_a_mandate_names_each_scope_once_and_the_services_of_the_release(app):
    made = release(app, "1.0.0")
    made.scopes = ["write", "openid", "write"]
    made.requirements = [{"key": "mikro", "service": "live.arkitekt.mikro", "optional": False}]
    assert mandate_manifest_of(made) == {
        "identifier": app.identifier,
        "version": "1.0.0",
        "scopes": ["openid", "write"],
        "requirements": made.requirements,
    }
