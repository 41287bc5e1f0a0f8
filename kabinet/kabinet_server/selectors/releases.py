"""Reads of releases: the newest of an app, what is newer than what runs, mandate manifests."""

from __future__ import annotations

from typing import Any

from kabinet_server.domain.versions import Version
from kabinet_server.models import Flavour, Release


def latest_of(app_id: int) -> Release | None:
    """Return the newest release proper of an app that still has flavours."""
    offered = Flavour.objects.filter(retired_at=None)
    found = Release.objects.filter(app=app_id, channel=None, flavours__in=offered)
    return max(found.distinct(), key=lambda one: Version(one.version), default=None)


def update_of(release: Release) -> Release | None:
    """Return what a release can be updated to: a newer release proper, or nothing.

    The head of a channel moves by itself, so it is its own update.
    """
    if release.channel is not None:
        return None
    newest = latest_of(release.app_id)
    if newest is None or not Version(newest.version) > Version(release.version):
        return None
    return newest


def mandate_manifest_of(release: Release) -> dict[str, Any]:
    """Return the manifest a mandate for a release names."""
    return {
        "identifier": release.app.identifier,
        "version": release.version,
        "scopes": sorted(set(release.scopes)),
        "requirements": release.requirements,
    }
