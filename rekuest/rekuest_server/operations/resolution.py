"""Stored bindings of dependencies: made once, named by many calls."""

from __future__ import annotations

from chassis.identity import Principal
from rekuest_server.models import Implementation, Resolution
from rekuest_server.operations.authoring import own, write_as
from rekuest_server.operations.dependencies import dependencies_bind
from rekuest_server.operations.identity import CallerIdentity


async def resolution_make(*, principal: Principal, implementation: object) -> Resolution:
    """Bind everything an implementation depends on and keep it; raises `UnmetDependencies`."""
    return await write_as(principal, "catalog.write", _make, implementation)


def _make(author: CallerIdentity, key: object) -> Resolution:
    rows = Implementation.objects.filter(retired_at=None).select_related("action")
    row = own(author, rows, key, field="implementation", path="agent__organization")
    wishes = [{"key": item.key, "auto_resolve": True} for item in row.dependencies.all()]
    bindings = dependencies_bind(
        organization_id=author.organization_id, implementation_id=row.pk, wishes=wishes
    )
    return Resolution.objects.create(
        organization_id=author.organization_id,
        creator_id=author.user_id,
        implementation=row,
        name=f"{row.action.name} at {row.interface}"[:400],
        bindings=bindings,
    )
