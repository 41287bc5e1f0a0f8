"""The strategy an organization has now."""

from __future__ import annotations

from fakts_server.domain.strategy import ApprovalBy, KnownApp, LoginKind, Rules
from fakts_server.models.setting import Strategy


def strategy_of(organization_id: int) -> Rules:
    """Return the rules of an organization; without a row everything is open."""
    row = Strategy.objects.filter(organization=organization_id).first()
    return rules_of(row) if row is not None else Rules()


def rules_of(row: Strategy) -> Rules:
    """Return a stored strategy as rules."""
    return Rules(
        approval=ApprovalBy(row.approval),
        known_apps=tuple(
            KnownApp(
                item["identifier"],
                None if item["versions"] is None else frozenset(item["versions"]),
            )
            for item in row.known_apps
        ),
        login_kinds=frozenset(LoginKind(kind) for kind in row.login_kinds),
        platform_version=row.platform_version,
    )
