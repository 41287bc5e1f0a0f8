"""What a person needs to see to decide about a device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chassis import clock
from fakts_server.adapters.pepper import fingerprint
from fakts_server.domain.change import Ask, Change, change_between
from fakts_server.domain.device_code import DeviceCodeState
from fakts_server.domain.mandate import narrow_scopes
from fakts_server.domain.requirement import Match, Requirement, best_of
from fakts_server.domain.strategy import Admission
from fakts_server.models.app import Device
from fakts_server.models.client import Client
from fakts_server.models.credential import DeviceCode, SetupLink
from fakts_server.models.organization import Hub, Membership
from fakts_server.models.user import User
from fakts_server.selectors.instance import answers_of, hub_or_default, hubs_of, known_scopes
from fakts_server.selectors.people import is_admin
from fakts_server.selectors.strategy import strategy_of
from fakts_server.wire.manifest import ManifestBody


@dataclass(frozen=True)
class Approval:
    """One waiting device, seen from one organization of the person who decides."""

    manifest: ManifestBody
    #: The hub that would answer, and all that could: more than one is a choice.
    hub: Hub
    hubs: list[Hub]
    matches: list[Match]
    #: What the strategy says; an admin's own word is enough.
    admission: Admission
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
    def asks_admin(self) -> bool:
        """Whether the member's word only asks an admin."""
        return self.admission.needs_admin

    @property
    def is_closed(self) -> bool:
        """Whether nobody lets an app in by a code here."""
        return self.admission is Admission.CLOSED

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


def approval_for(code: DeviceCode, membership: Membership, hub: object | None = None) -> Approval:
    """Return what to show a member about a waiting device, in the hub they picked if they did.

    An app that is connected already is offered what it was wired to; else the manifest decides.
    """
    manifest = ManifestBody.model_validate(code.manifest)
    texts = known_scopes(membership.organization)
    device = _known_device(code, membership)
    before = _before(manifest, membership, device) if device is not None else None
    wired = dict(before.mappings.values_list("key", "instance_id")) if before else {}
    chosen = hub_or_default(membership.organization, hub) if hub is not None else None
    needs = list(manifest.needs())
    best, hubs = _hubs_for(membership, needs, chosen, before.hub if before else None)
    [matches] = answers_of(membership, needs, [best], wired)
    return Approval(
        manifest=manifest,
        hub=best,
        hubs=hubs,
        matches=matches,
        admission=admission_of(code, membership),
        scopes=[texts[scope] for scope in narrow_scopes(manifest.scopes, texts)],
        known_device=device.name if device else "",
        has_device=bool(code.device_id),
        change=change_between(_ask(ManifestBody.model_validate(before.manifest)), _ask(manifest))
        if before is not None
        else None,
    )


def admission_of(code: DeviceCode, membership: Membership) -> Admission:
    """Return what the strategy says about a waiting app; an admin has to ask nobody."""
    rules = strategy_of(membership.organization_id)
    found = rules.admission(code.manifest["identifier"], code.manifest["version"])
    return Admission.OPEN if found.needs_admin and is_admin(membership) else found


def _hubs_for(
    membership: Membership, needs: list[Requirement], wanted: Hub | None, before: Hub | None
) -> tuple[Hub, list[Hub]]:
    """Return the hub that answers, and all that could; if none can, the one that misses least."""
    every = hubs_of(membership.organization)
    answers = answers_of(membership, needs, every)
    able = [
        hub
        for hub, matches in zip(every, answers, strict=True)
        if not any(match.blocks for match in matches)
    ]
    if wanted is not None:
        return wanted, able if wanted in able else [wanted, *able]
    best = before if before is not None and before in able else every[best_of(answers)]
    return best, able or [best]


def _before(manifest: ManifestBody, membership: Membership, device: Device) -> Client | None:
    return (
        Client.objects.filter(
            membership=membership,
            device=device,
            release__app__identifier=manifest.identifier,
            mandate__isnull=True,
        )
        .select_related("hub")
        .order_by("-pk")
        .first()
    )


def _ask(manifest: ManifestBody) -> Ask:
    return Ask(manifest.version, frozenset(manifest.scopes), manifest.needs())


def outcome_for(code: DeviceCode, user: User) -> str:
    """Return what became of a code as this person may know it."""
    if code.state != DeviceCodeState.PENDING.value:
        if code.decided_by_id != user.pk:
            return "gone"
        return "done" if code.state == DeviceCodeState.GRANTED.value else "denied"
    if code.expires_at <= clock.now():
        return "expired"
    return "asked" if _waits_for_admin(code, user) else "waiting"


def _waits_for_admin(code: DeviceCode, user: User) -> bool:
    """Tell whether this person asked for the device and only an admin can let it in still."""
    asker = code.wished_by
    return asker is not None and asker.user_id == user.pk and admission_of(code, asker).needs_admin


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
