"""Bringing what a source has of a release into the store, and what follows for approvals.

A release proper keeps its row; the head of a channel moves and keeps its row too. Where the content
an approval covers changes, the digest changes, approvals of the old content are stale, and an entry
is written.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db import transaction

from chassis import clock
from chassis.errors import InvalidInput
from kabinet_server.domain.approval import (
    FlavourContent,
    ReleaseContent,
    approval_digest,
    is_pinned,
    union_of_requirements,
)
from kabinet_server.domain.image import FlavourImage, ReleaseImages
from kabinet_server.domain.kinds import AuditKind
from kabinet_server.models import App, Flavour, GithubRepo, OciRepo, Offer, Release
from kabinet_server.operations.author import audit
from kabinet_server.operations.definition import definitions_store, tests_link

#: Postgres and the wire allow more; nobody reads it.
_LONGEST = {"identifier": 400, "version": 200, "channel": 200, "revision": 200}


@transaction.atomic
def release_store(
    *,
    organization: str,
    images: ReleaseImages,
    github_repo: GithubRepo | None = None,
    oci_repo: OciRepo | None = None,
    unread: Collection[str] = (),
) -> Release:
    """Write a release with its flavours; flavours this source no longer has are retired.

    `unread` are flavours it has and that could not be read: they stay as they were.
    """
    _check(images)
    app, _ = App.objects.get_or_create(organization_id=organization, identifier=images.identifier)
    release, is_new = _release_row(organization, app, images)
    kept = [
        _flavour_store(organization, release, images, one, github_repo, oci_repo).pk
        for one in images.flavours
    ]
    if github_repo is not None or oci_repo is not None:
        mine = release.flavours.filter(github_repo=github_repo, oci_repo=oci_repo)
        retire(mine.exclude(pk__in=kept).exclude(name__in=unread))
    release_seal(release, is_new=is_new)
    return release


def _check(images: ReleaseImages) -> None:
    for name, most in _LONGEST.items():
        value = getattr(images, name)
        if value is not None and len(value) > most:
            raise InvalidInput(f"manifest.{name} is longer than {most} characters.", field=name)


def _release_row(organization: str, app: App, images: ReleaseImages) -> tuple[Release, bool]:
    content: dict[str, Any] = {
        "version": images.version,
        "revision": images.revision,
        "author": images.author[:400],
        "description": images.description,
        "scopes": list(images.scopes),
        "entrypoint": images.entrypoint[:400],
        "original_logo": (images.logo or "")[:2000] or None,
        "descriptors": {
            "@kabinet/identifier": images.identifier,
            "@kabinet/version": images.version,
            **({"@kabinet/channel": images.channel} if images.channel else {}),
        },
    }
    built = [one.built_at for one in images.flavours if one.built_at is not None]
    released = max(built, default=clock.now())
    keys = {"app": app, "channel": images.channel}
    if images.channel is None:
        keys["version"] = images.version
    release, is_new = Release.objects.get_or_create(
        **keys,
        defaults={**content, "organization_id": organization, "released_at": released},
    )
    if not is_new:
        moved = release.version != images.version
        for name, value in content.items():
            setattr(release, name, value)
        if moved:
            release.released_at = released
        release.save()
    return release, is_new


def _flavour_store(
    organization: str,
    release: Release,
    images: ReleaseImages,
    image: FlavourImage,
    github_repo: GithubRepo | None,
    oci_repo: OciRepo | None,
) -> Flavour:
    known = release.flavours.filter(name=image.name).first()
    values: dict[str, Any] = {
        "organization_id": organization,
        "description": image.description,
        "image_string": image.image[:1000],
        "image_digest": image.digest,
        "size": image.size,
        "platforms": [one[:100] for one in image.platforms],
        "manifest": images.manifest,
        "selectors": list(image.selectors),
        "capabilities": list(image.capabilities),
        "requirements": list(image.requirements),
        "bloks": list(image.bloks),
        "assets": list(image.assets),
        "states": list(image.states),
        "locks": list(image.locks),
        "warnings": list(image.warnings),
        "github_repo": github_repo,
        "oci_repo": oci_repo,
        "retired_at": None,
        "descriptors": {
            **release.descriptors,
            "@kabinet/flavour": image.name,
        },
    }
    if known is not None and image.digest is None and known.image_string == image.image:
        # The registry did not answer this time; what it said before is still the best there is.
        values["image_digest"] = known.image_digest
    if image.built_at is not None or known is None:
        # Without a time of its build, the time it was found is the best there is.
        values["built_at"] = image.built_at or clock.now()
    flavour, _ = Flavour.objects.update_or_create(
        release=release, name=image.name[:200], defaults=values
    )
    _offers(organization, flavour, image)
    return flavour


def _offers(organization: str, flavour: Flavour, image: FlavourImage) -> None:
    rows, fresh = definitions_store(organization=organization, actions=image.actions)
    offers: dict[int, Offer] = {}
    for action in image.actions:
        definition = rows[action.hash]
        offers[definition.pk] = Offer(
            flavour=flavour,
            definition=definition,
            interface=action.interface[:400],
            logo=action.logo,
        )
    flavour.offers.exclude(definition__in=list(offers)).delete()
    Offer.objects.bulk_create(
        offers.values(),
        update_conflicts=True,
        unique_fields=["flavour", "definition"],
        update_fields=["interface", "logo"],
    )
    tests_link(organization=organization, fresh=fresh)


def retire(flavours: Any) -> int:
    """Take flavours out of the store: those nobody ever deployed for good, others out of sight."""
    flavours.filter(deployments=None).delete()
    return int(flavours.filter(retired_at=None).update(retired_at=clock.now()))


def content_of(release: Release) -> ReleaseContent:
    """Return what an approval of a release covers, as it is now."""
    return ReleaseContent(
        identifier=release.app.identifier,
        version=release.version,
        scopes=release.scopes,
        flavours=[
            FlavourContent(
                name=one.name,
                image=one.image_digest or one.image_string,
                requirements=one.requirements,
                capabilities=one.capabilities,
            )
            for one in offered(release)
        ],
    )


def offered(release: Release) -> Sequence[Flavour]:
    """Return the flavours of a release that are offered, by name."""
    return list(release.flavours.filter(retired_at=None).order_by("name"))


def release_seal(release: Release, *, is_new: bool = False) -> None:
    """Write the digest of what a release is now; a changed one is written down."""
    content = content_of(release)
    digest = approval_digest(content)
    before = release.approval_digest
    release.requirements = union_of_requirements(one.requirements for one in content.flavours)
    release.is_digest_pinned = is_pinned(one.image_string for one in offered(release))
    release.approval_digest = digest
    release.save(update_fields=["requirements", "is_digest_pinned", "approval_digest"])
    if before != digest and not is_new:
        audit(
            AuditKind.CHANGED,
            organization=release.organization_id,
            subject=f"{content.identifier}:{content.version}",
            before=before,
            after=digest,
        )
