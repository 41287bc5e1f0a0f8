"""Errors of the app store that a caller may see."""

from __future__ import annotations

from typing import ClassVar

from chassis.errors import Conflict, PlatformError


class ReleaseChanged(Conflict):
    """The release is not what was reviewed: look at it again and approve what it is now."""

    code: ClassVar[str] = "RELEASE_CHANGED"


class ApprovalInactive(Conflict):
    """The approval does not cover this: it is revoked, stale, or for something else."""

    code: ClassVar[str] = "APPROVAL_INACTIVE"


class MandateLeft(PlatformError):
    """The approval is revoked, its mandate is not: revoke again, or withdraw it at fakts."""

    code: ClassVar[str] = "MANDATE_LEFT"
    http_status: ClassVar[int] = 502


class ConsentMissing(Conflict):
    """A capability the app needs was declined or not decided; decide on it and try again."""

    code: ClassVar[str] = "CONSENT_MISSING"


class NothingFits(Conflict):
    """No flavour fits any resource; the message names the reason of each."""

    code: ClassVar[str] = "NOTHING_FITS"


class ResourceExhausted(Conflict):
    """What is asked of this resource is leased to others; stop one of them or choose another."""

    code: ClassVar[str] = "RESOURCE_EXHAUSTED"


class SourceUnreachable(PlatformError):
    """The repository cannot be read at the moment; what was read before stays as it is."""

    code: ClassVar[str] = "SOURCE_UNREACHABLE"
    http_status: ClassVar[int] = 503


class SourceRefused(PlatformError):
    """The address may not be read from here: it is not allowed by the configuration."""

    code: ClassVar[str] = "SOURCE_REFUSED"
    http_status: ClassVar[int] = 400


class SourceUnreadable(PlatformError):
    """The repository answered with something that is not a store of apps."""

    code: ClassVar[str] = "SOURCE_UNREADABLE"
    http_status: ClassVar[int] = 400
