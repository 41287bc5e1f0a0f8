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
