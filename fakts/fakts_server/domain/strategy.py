"""How an organization lets apps in; admins change it while everything runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class ApprovalBy(StrEnum):
    """Whose word lets an app in that is not known yet."""

    MEMBER = "member"
    ADMIN = "admin"


class LoginKind(StrEnum):
    """The ways apps and people log in."""

    DEVICE_CODE = "device_code"
    MANDATE_KEY = "mandate_key"
    WEB = "web"


class Admission(StrEnum):
    """What the strategy says about an app a member wants to let in by its code."""

    OPEN = "open"
    #: Nobody is let in by a code.
    CLOSED = "closed"
    #: An admin has to let it in: it is not known,
    UNKNOWN_APP = "unknown_app"
    #: or known in other versions only.
    UNKNOWN_VERSION = "unknown_version"

    @property
    def needs_admin(self) -> bool:
        """Whether only an admin lets it in."""
        return self in (Admission.UNKNOWN_APP, Admission.UNKNOWN_VERSION)


@dataclass(frozen=True)
class KnownApp:
    """An app every member may let in, in any version or in some."""

    identifier: str
    versions: frozenset[str] | None = None

    def covers(self, identifier: str, version: str) -> bool:
        """Tell whether a release is meant."""
        fits = self.versions is None or version in self.versions
        return fits and identifier == self.identifier


@dataclass(frozen=True)
class Rules:
    """The strategy; no login kinds mean that all are open."""

    approval: ApprovalBy = ApprovalBy.MEMBER
    known_apps: tuple[KnownApp, ...] = ()
    login_kinds: frozenset[LoginKind] = field(default_factory=frozenset)
    platform_version: str = ""

    def opens(self, kind: LoginKind) -> bool:
        """Tell whether a way of logging in is open."""
        return not self.login_kinds or kind in self.login_kinds

    def needs_admin(self, identifier: str, version: str) -> bool:
        """Tell whether only an admin lets this release in."""
        known = any(app.covers(identifier, version) for app in self.known_apps)
        return self.approval is ApprovalBy.ADMIN and not known

    def admission(self, identifier: str, version: str) -> Admission:
        """Tell whether a member may let a release in by its code, and why not."""
        if not self.opens(LoginKind.DEVICE_CODE):
            return Admission.CLOSED
        if not self.needs_admin(identifier, version):
            return Admission.OPEN
        named = any(app.identifier == identifier for app in self.known_apps)
        return Admission.UNKNOWN_VERSION if named else Admission.UNKNOWN_APP
