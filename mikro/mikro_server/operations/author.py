"""Who writes: the rows a principal stands for, and the task it works in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec, TypedDict, TypeVar

from asgiref.sync import sync_to_async
from django.db import transaction

from chassis.identity import Principal
from chassis.permissions import authorize
from mikro_server.adapters.provenance import TaskClaims
from mikro_server.models import Client, Organization, Task, User
from mikro_server.policy import imaging

#: Named here so that the rules are registered before anything is written.
RULES = imaging

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Author:
    """The verified caller, and the verified task the call is made in."""

    principal: Principal
    task: TaskClaims | None = None

    @property
    def organization(self) -> str:
        """The tenant everything is made in."""
        return self.principal.organization


class Stamp(TypedDict):
    """The columns every made row has."""

    organization_id: str
    creator_id: str
    client_id: str
    created_through_id: int | None


#: Rows of identities are never deleted, so those written once need no second look.
_known: dict[tuple[str, ...], int | None] = {}
_MOST_KNOWN = 10_000


def forget_authors() -> None:
    """Forget which rows are written; for tests, which empty the tables."""
    _known.clear()


async def in_thread(function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a function that talks to the database."""
    return await sync_to_async(function)(*args, **kwargs)


def stamp(author: Author, action: str = "imaging.write") -> Stamp:
    """Check the right to write, mirror who writes, and return the columns that say so."""
    who = authorize(author.principal, action)
    key = _key(author)
    if key not in _known:
        with transaction.atomic():
            task_id = _mirror(author)
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        # Inside an outer transaction the rows may yet be rolled back; then nothing is remembered.
        if not transaction.get_connection().in_atomic_block:
            _known[key] = task_id
    else:
        task_id = _known[key]
    return Stamp(
        organization_id=who.organization,
        creator_id=who.subject,
        client_id=who.client,
        created_through_id=task_id,
    )


def _key(author: Author) -> tuple[str, ...]:
    who, task = author.principal, author.task
    names = (who.organization, who.organization_slug, who.subject, who.username, who.client)
    release = (who.app or "", who.release or "")
    return (*names, *release, *((task.issuer, task.task_id) if task else ()))


def _mirror(author: Author) -> int | None:
    who = author.principal
    Organization.objects.bulk_create(
        [Organization(id=who.organization, slug=who.organization_slug)],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["slug"],
    )
    User.objects.bulk_create(
        [User(id=who.subject, preferred_username=who.username)],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["preferred_username"],
    )
    Client.objects.bulk_create(
        [Client(id=who.client, name=who.app or "", version=who.release or "")],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["name", "version"],
    )
    return None if author.task is None else _mirror_task(who.organization, author.task)


def _mirror_task(organization: str, task: TaskClaims) -> int:
    known = User.objects.filter(id=task.assigner_sub).first()
    values: dict[str, Any] = {
        name: getattr(task, name)
        for name in TaskClaims.__slots__
        if name not in {"issuer", "task_id"}
    }
    row, _ = Task.objects.get_or_create(
        organization_id=organization,
        issuer=task.issuer,
        task_id=task.task_id,
        defaults={**values, "assigner": known},
    )
    return row.pk
