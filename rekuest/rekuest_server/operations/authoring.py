"""What every write of people's things begins with: the rights, the rows of the author, a thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet

from chassis.errors import NotFound
from chassis.identity import Principal
from chassis.permissions import authorize
from rekuest_server.adapters.orm import in_thread
from rekuest_server.operations.broker import current_broker
from rekuest_server.operations.identity import CallerIdentity
from rekuest_server.policy import catalog as _rules  # noqa: F401  # registers the rules
from rekuest_server.selectors.scope import row_id

P = ParamSpec("P")
R = TypeVar("R")
M = TypeVar("M", bound=Model)


async def write_as(
    principal: Principal,
    action: str,
    function: Callable[Concatenate[CallerIdentity, P], R],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> R:
    """Run a write in one transaction, in a thread, with the rows the principal stands for."""
    authorize(principal, action)
    author = await current_broker().identities.of(principal)
    return await in_thread(_atomically, function, author, args, kwargs)


def _atomically(
    function: Callable[..., R],
    author: CallerIdentity,
    args: tuple[object, ...],
    kwargs: dict[str, object],
) -> R:
    with transaction.atomic():
        return function(author, *args, **kwargs)


def own(
    author: CallerIdentity,
    rows: QuerySet[M],
    value: object,
    *,
    field: str,
    path: str = "organization",
) -> M:
    """Return a row of the author's organization; what is absent or foreign is not found."""
    found = rows.filter(**{"pk": row_id(value), f"{path}_id": author.organization_id}).first()
    if found is None:
        raise NotFound(f"There is no such {field} here.", field=field)
    return found


def delete_own_at(
    author: CallerIdentity, rows: QuerySet[M], value: object, *, field: str, path: str
) -> str:
    """Delete a row that leads to the author's organization by a path; return its id."""
    row = own(author, rows, value, field=field, path=path)
    key = str(row.pk)
    row.delete()
    return key


def delete_own(author: CallerIdentity, rows: QuerySet[M], value: object, *, field: str) -> str:
    """Delete a row of the author's organization and return its id."""
    return delete_own_at(author, rows, value, field=field, path="organization")
