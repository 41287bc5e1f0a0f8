"""What only admins may do, and what every member may."""

from __future__ import annotations

from chassis.identity.principal import Principal
from chassis.permissions import BUILTIN_ROLES, has_role, rule


def _is_admin(principal: Principal, resource: object) -> bool:
    return has_role(principal, "admin")


def _is_working(principal: Principal, resource: object) -> bool:
    return has_role(principal, *BUILTIN_ROLES)


#: People, roles, groups, invites and requests; apps of others and devices; services, instances and
#: aliases; strategies and remote values; the organization; the trail; notes to others.
for _action in (
    "person.manage",
    "app.manage",
    "service.manage",
    "setting.manage",
    "organization.manage",
    "audit.read",
    "message.send",
):
    rule(_action)(_is_admin)

#: Letting apps in for oneself, one's own sessions and clients, one's own picture and notes.
for _action in ("app.approve", "app.own", "profile.own", "setting.read"):
    rule(_action)(_is_working)
