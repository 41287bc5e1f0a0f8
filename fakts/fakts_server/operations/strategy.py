"""The strategy of an organization: reading it, changing it, holding logins against it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from chassis import clock
from chassis.errors import InvalidInput
from chassis.identity.principal import Principal
from fakts_server.domain.strategy import ApprovalBy, KnownApp, LoginKind
from fakts_server.models.setting import Strategy
from fakts_server.operations.audit import audit_add, by
from fakts_server.selectors.scope import acting

_MOST_KNOWN = 500


@dataclass(frozen=True)
class StrategyWish:
    """What an admin changes; None leaves a part as it is."""

    approval: str | None = None
    known_apps: list[KnownApp] | None = None
    login_kinds: list[str] | None = None
    platform_version: str | None = None


def strategy_set(*, principal: Principal, wish: StrategyWish) -> Strategy:
    """Change the strategy; it holds from the next login on, without a restart."""
    organization = acting(principal, "setting.manage").organization
    with transaction.atomic():
        strategy, _ = Strategy.objects.select_for_update().get_or_create(organization=organization)
        if wish.approval is not None:
            strategy.approval = _word(ApprovalBy, wish.approval, "approval")
        if wish.known_apps is not None:
            strategy.known_apps = _known(wish.known_apps)
        if wish.login_kinds is not None:
            kinds = {_word(LoginKind, kind, "loginKinds") for kind in wish.login_kinds}
            strategy.login_kinds = sorted(kinds)
        if wish.platform_version is not None:
            strategy.platform_version = wish.platform_version.strip()[:50]
        strategy.changed_at = clock.now()
        strategy.save()
        audit_add(
            "strategy.changed",
            by(principal),
            organization,
            approval=strategy.approval,
            known_apps=strategy.known_apps,
            login_kinds=strategy.login_kinds,
            platform_version=strategy.platform_version,
        )
    return strategy


def _word(words: type[ApprovalBy] | type[LoginKind], value: str, field: str) -> str:
    if value not in set(words):
        raise InvalidInput(f"One of {', '.join(words)}.", field=field)
    return value


def _known(apps: list[KnownApp]) -> list[dict[str, object]]:
    if len(apps) > _MOST_KNOWN:
        raise InvalidInput(f"At most {_MOST_KNOWN} apps.", field="knownApps")
    if any(not app.identifier or "/" in app.identifier for app in apps):
        raise InvalidInput("Name apps by their identifiers.", field="knownApps")
    return [
        {
            "identifier": app.identifier,
            "versions": None if app.versions is None else sorted(app.versions),
        }
        for app in apps
    ]
