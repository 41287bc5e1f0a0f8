"""Bloks: made, edited on top of a revision, copied and taken back.

Every change of the content is a revision. Whoever edits names the revision that was read; if the
head has moved on since, the edit is refused, so nobody's work is lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chassis.errors import Conflict, InvalidInput, NotFound
from chassis.identity import Principal
from rekuest_server.domain.text import LONGEST_NAME, name_of, text_of
from rekuest_server.models import Blok, BlokRevision, MaterializedBlok, Task
from rekuest_server.operations.authoring import own, write_as
from rekuest_server.operations.blok_content import content_of, findings_of
from rekuest_server.operations.identity import CallerIdentity
from rekuest_server.operations.materialized_blok import bind
from rekuest_server.operations.ui_catalog import catalog_named
from rekuest_server.selectors.scope import row_id

WRITE = "catalog.write"
_LONGEST_COPIED = 380
_LONGEST_HASH = 200
CONTEXTS = ("HTML", "SCENE", "LOGO", "ACTION_LOGO")


@dataclass(frozen=True, slots=True, kw_only=True)
class BlokWish:
    """A blok to be made; `content` has the keys of a blok's declaration."""

    name: str
    content: Mapping[str, Any]
    description: str | None = None
    catalog: str | None = None
    context: str = "HTML"
    for_model: str | None = None
    for_node: str | None = None
    origin: str | None = None
    origin_hash: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EditWish:
    """An edit: what `content` leaves out stays. `base` is the revision that was read."""

    blok: object = None
    materialized_blok: object = None
    base: object = None
    content: Mapping[str, Any] = field(default_factory=dict)
    catalog: str | None = None
    agent_mappings: Sequence[tuple[str, object]] | None = None
    message: str | None = None
    task: object = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Edit:
    """What came of an edit; `revision` is None if nothing was changed."""

    blok: Blok
    applied: bool
    forked: bool
    revision: BlokRevision | None
    materialized_blok: MaterializedBlok | None
    diagnostics: list[dict[str, Any]]


async def blok_create(*, principal: Principal, wish: BlokWish) -> Blok:
    """Make a blok with its first revision."""
    return await write_as(principal, WRITE, _create, wish)


def _create(author: CallerIdentity, wish: BlokWish) -> Blok:
    name = name_of(wish.name, "name")
    catalog = catalog_named(author.organization_id, wish.catalog)
    content = content_of(wish.content, name=name, context=wish.context)
    blok = Blok.objects.create(
        organization_id=author.organization_id,
        creator_id=author.user_id,
        catalog=catalog,
        name=name,
        description=text_of(wish.description, "description"),
        context=wish.context,
        for_model=text_of(wish.for_model, "forModel", longest=LONGEST_NAME),
        for_node=text_of(wish.for_node, "forNode", longest=LONGEST_NAME),
        origin=text_of(wish.origin, "origin", longest=LONGEST_NAME),
        origin_hash=text_of(wish.origin_hash, "originHash", longest=_LONGEST_HASH),
        content=content,
        diagnostics=findings_of(content, catalog),
    )
    revise(blok, author_id=author.user_id)
    return blok


def revise(
    blok: Blok, *, author_id: int | None, message: str | None = None, task_id: int | None = None
) -> BlokRevision:
    """Note the present content of a blok as its next revision."""
    head = blok.revisions.order_by("-number").first()
    return BlokRevision.objects.create(
        blok=blok,
        number=1 if head is None else head.number + 1,
        author_id=author_id,
        message=message,
        task_id=task_id,
        content=blok.content,
    )


async def blok_edit(*, principal: Principal, wish: EditWish) -> Edit:
    """Edit a blok, or what a materialized one shows; a blok of an app is copied first."""
    return await write_as(principal, WRITE, _edit, wish)


def _edit(author: CallerIdentity, wish: EditWish) -> Edit:
    bound = None
    if wish.materialized_blok is not None:
        rows = MaterializedBlok.objects.select_related("blok")
        bound = own(author, rows, wish.materialized_blok, field="materializedBlok")
    key = wish.blok if wish.blok is not None else None if bound is None else bound.blok_id
    if key is None:
        raise InvalidInput("Name a blok or a materialized blok.", field="blok")
    blok = _locked(author, key)
    _expect_head(blok, wish.base)
    given = {**blok.content, **wish.content}
    for one, other in (("components", "source"), ("source", "components")):
        if wish.content.get(one) is not None:
            given[other] = None
    content = content_of(given, name=blok.name, context=blok.context)
    catalog = blok.catalog
    if wish.catalog is not None:
        catalog = catalog_named(author.organization_id, wish.catalog)
    findings = findings_of(content, catalog)
    is_changed = content != blok.content or catalog.pk != blok.catalog_id
    if wish.dry_run or not (is_changed or wish.agent_mappings is not None):
        return Edit(blok, False, False, None, bound, findings)
    forked = is_changed and blok.app_id is not None
    if forked:
        blok = _copy(author, blok, f"{blok.name[:_LONGEST_COPIED]} (edited)")
    revision = None
    if is_changed:
        blok.content, blok.catalog, blok.diagnostics = content, catalog, findings
        blok.save()
        message = text_of(wish.message, "message")
        task_id = _task(author, wish.task)
        revision = revise(blok, author_id=author.user_id, message=message, task_id=task_id)
    if bound is not None:
        bound = _follow(author, bound, blok, wish)
    return Edit(blok, True, forked, revision, bound, findings)


def _follow(
    author: CallerIdentity, bound: MaterializedBlok, blok: Blok, wish: EditWish
) -> MaterializedBlok:
    """Show the edited blok where it was edited; what an agent declares is left as it is."""
    if bound.blok_id != blok.pk:
        if bound.declared_by_id is None:
            bound.blok = blok
            bound.save(update_fields=["blok", "updated_at"])
        else:
            mappings = [(item.key, item.agent_id) for item in bound.agent_mappings.all()]
            bound = MaterializedBlok.objects.create(
                organization_id=author.organization_id, blok=blok, name=bound.name
            )
            bind(author, bound, mappings)
    if wish.agent_mappings is not None:
        bind(author, bound, wish.agent_mappings)
    return bound


async def blok_fork(*, principal: Principal, blok: object, name: str | None = None) -> Blok:
    """Copy a blok; the copy remembers what it is a copy of."""
    return await write_as(principal, WRITE, _fork, blok, name)


def _fork(author: CallerIdentity, key: object, name: str | None) -> Blok:
    blok = _locked(author, key)
    copied = _copy(author, blok, name if name is not None else f"Copy of {blok.name}"[:400])
    revise(copied, author_id=author.user_id)
    return copied


def _copy(author: CallerIdentity, blok: Blok, name: str) -> Blok:
    return Blok.objects.create(
        organization_id=author.organization_id,
        creator_id=author.user_id,
        catalog=blok.catalog,
        name=name_of(name, "name"),
        description=blok.description,
        context=blok.context,
        for_model=blok.for_model,
        for_node=blok.for_node,
        origin=str(blok.pk),
        content=blok.content,
        diagnostics=blok.diagnostics,
    )


async def blok_update(
    *,
    principal: Principal,
    blok: object,
    name: str | None = None,
    description: str | None = None,
    edit: EditWish | None = None,
) -> Blok:
    """Rename or describe a blok and edit it on top of its head."""
    return await write_as(principal, WRITE, _update, blok, name, description, edit)


def _update(
    author: CallerIdentity,
    key: object,
    name: str | None,
    description: str | None,
    edit: EditWish | None,
) -> Blok:
    blok = _locked(author, key)
    if blok.app_id is not None:
        raise Conflict("An app provides this blok; copy it to change it.", field="id")
    if name is not None:
        blok.name = name_of(name, "name")
    if description is not None:
        blok.description = text_of(description, "description")
    blok.save()
    return blok if edit is None else _edit(author, edit).blok


async def blok_revert(
    *,
    principal: Principal,
    blok: object,
    to: object,
    base: object,
    message: str | None = None,
    task: object = None,
) -> BlokRevision:
    """Make a new revision with the content of an old one."""
    return await write_as(principal, WRITE, _revert, blok, to, base, message, task)


def _revert(
    author: CallerIdentity,
    key: object,
    to: object,
    base: object,
    message: str | None,
    task: object,
) -> BlokRevision:
    blok = _locked(author, key)
    if blok.app_id is not None:
        raise Conflict("An app provides this blok; copy it to change it.", field="blok")
    _expect_head(blok, base)
    old = blok.revisions.filter(pk=row_id(to)).first()
    if old is None:
        raise NotFound(field="to")
    blok.content = old.content
    blok.diagnostics = findings_of(old.content, blok.catalog)
    blok.save()
    text = text_of(message, "message") or f"Back to revision {old.number}"
    return revise(blok, author_id=author.user_id, message=text, task_id=_task(author, task))


async def blok_delete(*, principal: Principal, blok: object) -> None:
    """Delete a blok with its revisions and wherever it is bound; not one that an app provides."""
    await write_as(principal, WRITE, _delete, blok)


def _delete(author: CallerIdentity, key: object) -> None:
    blok = _locked(author, key)
    if blok.app_id is not None:
        raise Conflict("An app provides this blok; it goes when the app drops it.", field="id")
    blok.delete()


def _locked(author: CallerIdentity, key: object) -> Blok:
    rows = Blok.objects.select_for_update(of=("self",)).select_related("catalog")
    return own(author, rows.filter(retired_at=None), key, field="blok")


def _expect_head(blok: Blok, base: object) -> None:
    if base is None:
        return
    head = blok.revisions.order_by("-number").first()
    if head is None or str(head.pk) != str(base):
        raise Conflict(
            "The blok was changed since it was read; read it again and repeat the edit.",
            field="base",
        )


def _task(author: CallerIdentity, key: object) -> int | None:
    if key is None:
        return None
    return own(author, Task.objects.all(), key, field="task").pk
