"""Deciding about a device through the API, as people do on the approval page."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from chassis.config import current
from chassis.errors import NotFound, RateLimited
from chassis.identity.principal import Principal
from fakts_server.adapters.caller import address
from fakts_server.adapters.throttle import failures, record_failure
from fakts_server.config import FaktsConfig
from fakts_server.models.client import Client
from fakts_server.models.credential import DeviceCode
from fakts_server.operations.audit import by
from fakts_server.operations.device_code import device_code_approve, device_code_deny
from fakts_server.selectors.approval import Approval, approval_for
from fakts_server.selectors.device_code import device_code_pending
from fakts_server.selectors.instance import hub_or_default, usable_instance
from fakts_server.selectors.scope import acting


@dataclass(frozen=True)
class Decision:
    """What a person picked; what is left open the manifest decides."""

    declined: list[str] = field(default_factory=list)
    device_name: str = ""
    hub: object | None = None
    #: The instance for a requirement's key.
    choices: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Waiting:
    """A waiting device as a member sees it."""

    code: DeviceCode
    approval: Approval


def waiting_device(*, principal: Principal, user_code: str, hub: object | None = None) -> Waiting:
    """Return what a member has to know to decide about a code."""
    membership = acting(principal, "app.approve")
    code = _find(principal, user_code)
    return Waiting(code, approval_for(code, membership, hub))


def device_accept(*, principal: Principal, user_code: str, decision: Decision) -> Client:
    """Let a device in, acting for oneself."""
    membership = acting(principal, "app.approve")
    code = _find(principal, user_code)
    wanted = decision.hub
    return device_code_approve(
        user_code=code.user_code,
        membership=membership,
        declined=frozenset(decision.declined),
        device_name=decision.device_name,
        hub=hub_or_default(membership.organization, wanted) if wanted is not None else None,
        choices={
            key: usable_instance(membership, instance) for key, instance in decision.choices.items()
        },
        who=by(principal),
    )


def device_decline(*, principal: Principal, user_code: str) -> None:
    """Refuse a device."""
    membership = acting(principal, "app.approve")
    code = _find(principal, user_code)
    device_code_deny(user_code=code.user_code, membership=membership, who=by(principal))


def _find(principal: Principal, user_code: str) -> DeviceCode:
    """Look a code up; wrong ones count together with those typed on the pages."""
    limits = current(FaktsConfig).throttles
    window = timedelta(seconds=limits.user_code_window_seconds)
    subject = f"{principal.username.lower()}@{address()}"
    if failures("code", subject, window) >= limits.user_code_failures:
        raise RateLimited(
            "Too many wrong codes; wait a while.", retry_after=limits.user_code_window_seconds
        )
    code = device_code_pending(user_code)
    if code is None:
        record_failure("code", subject, window)
        raise NotFound("This code is not known, has expired or was decided already.", field="code")
    return code
