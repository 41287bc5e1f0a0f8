"""Words of the app store: states of pods and of repositories, and what the clients call them."""

from __future__ import annotations

from enum import StrEnum


class PodStatus(StrEnum):
    """Where a container, or all containers of a deployment, are in their life."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    FAILED = "FAILED"
    #: The clients spell it so.
    UNKOWN = "UNKOWN"


class ScanState(StrEnum):
    """How the last look at a repository ended."""

    NEW = "NEW"
    SCANNING = "SCANNING"
    OK = "OK"
    ERROR = "ERROR"


class LeaseMode(StrEnum):
    """How containers use an accelerator: alone, with others, or a hardware slice of one."""

    EXCLUSIVE = "EXCLUSIVE"
    SHARED = "SHARED"
    SLICE = "SLICE"


class AuditKind(StrEnum):
    """What the store keeps an account of."""

    APPROVED = "APPROVED"
    REVOKED = "REVOKED"
    CHANGED = "CHANGED"
    SECRETS_SET = "SECRETS_SET"
    SECRETS_OPENED = "SECRETS_OPENED"
    FORCED = "FORCED"
