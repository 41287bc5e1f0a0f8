"""What a person needs to see to decide about a device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chassis import clock
from fakts_server.adapters.pepper import fingerprint
from fakts_server.domain.change import Ask, Change, change_between
from fakts_server.domain.device_code import DeviceCodeState
from fakts_server.domain.mandate import narrow_scopes
from fakts_server.domain.requirement import Match
from fakts_server.models.app import Device
from fakts_server.models.client import Client
from fakts_server.models.credential import DeviceCode, SetupLink
from fakts_server.models.organization import Membership
from fakts_server.models.user import User
from fakts_server.selectors.instance import composition_for, known_scopes
from fakts_server.wire.manifest import ManifestBody


@dataclass(frozen=True)
class Approval:
    """One waiting device, seen from one organization of the person who decides."""

    manifest: ManifestBody
    matches: list[Match]
    scopes: list[str]
    known_device: str
    has_device: bool
    #: What differs from when the same app was last let in on this device; None the first time.
    change: Change | None

    @property
    def renews(self) -> bool:
        """Whether the app is connected on this device already."""
        return self.change is not None

    @property
    def required(self) -> list[Match]:
        """The requirements the app cannot do without."""
        return [match for match in self.matches if not match.requirement.optional]

    @property
    def optional(self) -> list[Match]:
        """The requirements a person may decline."""
        return [match for match in self.matches if match.requirement.optional]

    @property
    def blockers(self) -> list[Match]:
        """The requirements because of which the app cannot be let in."""
        return [match for match in self.matches if match.blocks]

    @property
    def sources(self) -> list[dict[str, Any]]:
        """Where the app's source can be read; only web addresses become links."""
        return [
            {
                "kind": item.kind,
                "url": item.url,
                "is_link": item.url.startswith(("https://", "http://")),
            }
            for item in self.manifest.public_sources
        ]


def memberships_of(user: User) -> list[Membership]:
    """Return the memberships a person may act for."""
    return list(
        Membership.objects.filter(user=user, is_blocked=False)
        .select_related("organization", "user")
        .order_by("organization__name", "pk")
    )


def approval_for(code: DeviceCode, membership: Membership) -> Approval:
    """Return what to show a member about a waiting device."""
    manifest = ManifestBody.model_validate(code.manifest)
    texts = known_scopes(membership.organization)
    device = _known_device(code, membership)
    return Approval(
        manifest=manifest,
        matches=composition_for(membership, list(manifest.needs()))[1],
        scopes=[texts[scope] for scope in narrow_scopes(manifest.scopes, texts)],
        known_device=device.name if device else "",
        has_device=bool(code.device_id),
        change=_change(manifest, membership, device) if device is not None else None,
    )


def _change(manifest: ManifestBody, membership: Membership, device: Device) -> Change | None:
    before = (
        Client.objects.filter(
            membership=membership,
            device=device,
            release__app__identifier=manifest.identifier,
            mandate__isnull=True,
        )
        .order_by("-pk")
        .first()
    )
    if before is None:
        return None
    return change_between(_ask(ManifestBody.model_validate(before.manifest)), _ask(manifest))


def _ask(manifest: ManifestBody) -> Ask:
    return Ask(manifest.version, frozenset(manifest.scopes), manifest.needs())


def outcome_for(code: DeviceCode, user: User) -> str:
    """Return what became of a code as this person may know it."""
    if code.state != DeviceCodeState.PENDING.value:
        if code.decided_by_id != user.pk:
            return "gone"
        return "done" if code.state == DeviceCodeState.GRANTED.value else "denied"
    return "waiting" if code.expires_at > clock.now() else "expired"


def setup_link_user(token_hash: str) -> User | None:
    """Return whom a set-up link is for, if it still works."""
    link = SetupLink.objects.filter(
        token_hash=token_hash, used_at__isnull=True, expires_at__gt=clock.now()
    ).select_related("user")
    found = link.first()
    return found.user if found else None


def _known_device(code: DeviceCode, membership: Membership) -> Device | None:
    if not code.device_id:
        return None
    organization = membership.organization
    return Device.objects.filter(
        organization=organization,
        fingerprint=fingerprint(organization.device_salt, code.device_id),
    ).first()
