"""Stores: grants to write and to read them, and the check of what was written."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction

from chassis.clock import now
from chassis.config import current
from chassis.errors import Conflict, InvalidInput, PayloadTooLarge
from chassis.identity import Principal
from chassis.logs import get_logger
from chassis.objectstore.contract import Grant, GrantScope
from chassis.permissions import authorize
from mikro_server.adapters.objects import (
    Content,
    content_of_object,
    content_of_prefix,
    object_store,
)
from mikro_server.config import MikroConfig
from mikro_server.domain.kinds import StoreKind
from mikro_server.domain.store_state import StoreState, transition
from mikro_server.domain.text import checked_name, checked_text
from mikro_server.models import Store
from mikro_server.operations.author import Author, in_thread, stamp
from mikro_server.operations.inspection import inspect
from mikro_server.operations.quota import quota_room, usage_change
from mikro_server.selectors.rows import row_get, stores_visible_to

logger = get_logger(__name__)

_READABLE = {StoreState.POPULATED, StoreState.ATTACHED}


@dataclass(frozen=True, slots=True)
class Opened:
    """A store and the credentials that open it."""

    store: Store
    grant: Grant


def scope_of(store: Store, principal: Principal, *, max_bytes: int | None = None) -> GrantScope:
    """Return what a grant for the store opens: its prefix or its object, nothing else."""
    is_prefix = StoreKind(store.kind).is_prefix
    return GrantScope(
        bucket=store.bucket,
        prefix=store.key if is_prefix else None,
        key=None if is_prefix else store.key,
        max_bytes=max_bytes,
        client=principal.client,
        generation=principal.generation,
    )


async def store_request(
    *,
    author: Author,
    kind: StoreKind,
    file_name: str | None = None,
    content_type: str | None = None,
    size: int | None = None,
    declared: dict[str, Any] | None = None,
) -> Opened:
    """Make a store nobody has written yet, and credentials that write exactly it."""
    name = None if file_name is None else checked_name(file_name, "originalFileName")
    store = await in_thread(
        _request,
        author=author,
        kind=kind,
        file_name=name,
        content_type=checked_text(content_type, "contentType"),
        size=size,
        declared=declared,
    )
    scope = scope_of(store, author.principal, max_bytes=store.max_bytes)
    grant = await object_store().grant_write(scope)
    return Opened(store, grant)


def _request(
    *,
    author: Author,
    kind: StoreKind,
    file_name: str | None,
    content_type: str | None,
    size: int | None,
    declared: dict[str, Any] | None,
) -> Store:
    made = stamp(author)
    config = current(MikroConfig)
    if size is not None and size > config.uploads.max_bytes:
        raise PayloadTooLarge(
            f"An upload has at most {config.uploads.max_bytes} bytes, not {size}.", field="fileSize"
        )
    room = quota_room(
        organization=author.organization, user=author.principal.subject, wanted=size or 0
    )
    identifier = uuid.uuid4()
    return Store.objects.create(
        **made,
        kind=kind.value,
        uuid=identifier,
        bucket=config.storage.bucket(kind.value),
        key=f"{author.organization}/{identifier}",
        original_file_name=file_name,
        content_type=content_type,
        max_bytes=room,
        metadata={"declared": declared} if declared else {},
        expires_at=now() + timedelta(seconds=config.uploads.expire_seconds),
    )


async def store_refresh(*, author: Author, kind: StoreKind, store_id: object) -> Opened:
    """Give new credentials for an upload that is still going on."""
    store = await in_thread(own_store, author, kind, store_id)
    if store.state != StoreState.REQUESTED:
        raise Conflict("The upload is finished; a store is never written twice.", field="storeId")
    scope = scope_of(store, author.principal, max_bytes=store.max_bytes)
    grant = await object_store().grant_write(scope)
    return Opened(store, grant)


async def store_access(*, principal: Principal, kind: StoreKind, store_id: object) -> Opened:
    """Give credentials that read exactly one store of the caller's organization."""
    store = await in_thread(_store, principal, kind, store_id)
    if StoreState(store.state) not in _READABLE:
        raise Conflict(f"The store is {store.state}; it cannot be read.", field="storeId")
    return Opened(store, await object_store().grant_read(scope_of(store, principal)))


async def store_finish(*, author: Author, kind: StoreKind, store_id: object, valid: bool) -> Store:
    """Confirm or give up an upload. Refused unless the store holds what it should."""
    store = await in_thread(own_store, author, kind, store_id)
    transition(StoreState(store.state), StoreState.POPULATED)
    if not valid:
        return await in_thread(_give_up, store)
    return await store_populate(store)


async def store_populate(store: Store) -> Store:
    """Read what was written, check it, and write it into the row and the ledger."""
    kind = StoreKind(store.kind)
    content = await (content_of_prefix if kind.is_prefix else content_of_object)(
        store.bucket, store.key
    )
    if not content.objects:
        raise InvalidInput("Nothing was written to this store.", field="storeId")
    if content.size > store.max_bytes:
        await in_thread(_give_up, store)
        raise PayloadTooLarge(
            f"The upload has {content.size} bytes, {store.max_bytes} were allowed.", field="storeId"
        )
    found = await inspect(store, content.size)
    return await in_thread(_populate, store, content, found)


def _store(principal: Principal, kind: StoreKind, store_id: object) -> Store:
    return row_get(stores_visible_to(principal).filter(kind=kind.value), store_id)


def own_store(author: Author, kind: StoreKind, store_id: object) -> Store:
    """Return a store the author may go on with: their own, or anyone's for an admin."""
    authorize(author.principal, "imaging.write")
    store = _store(author.principal, kind, store_id)
    authorize(author.principal, "imaging.delete", store)
    return store


def _give_up(store: Store) -> Store:
    """Let the next sweep take what was written."""
    Store.objects.filter(pk=store.pk, state=StoreState.REQUESTED.value).update(expires_at=now())
    store.refresh_from_db()
    return store


def _populate(store: Store, content: Content, found: dict[str, Any]) -> Store:
    with transaction.atomic():
        quota_room(
            organization=store.organization_id, user=store.creator_id or "", wanted=content.size
        )
        changed = Store.objects.filter(pk=store.pk, state=StoreState.REQUESTED.value).update(
            state=StoreState.POPULATED.value,
            size_bytes=content.size,
            objects_count=content.objects,
            digest=content.digest,
            metadata=found,
            populated_at=now(),
        )
        if not changed:
            raise Conflict("The upload was finished by another call.", field="storeId")
        usage_change(
            organization=store.organization_id,
            user=store.creator_id,
            stored=content.size,
            stores=1,
        )
    store.refresh_from_db()
    logger.info(
        "an upload is finished",
        extra={"event": "store.populated", "store": store.key, "bytes": content.size},
    )
    return store


def stores_attach(*, author: Author, kind: StoreKind, store_ids: list[object]) -> list[Store]:
    """Take finished stores into use, in the order given. Runs inside a transaction."""
    rows = stores_visible_to(author.principal).filter(kind=kind.value).select_for_update()
    wanted = [str(one) for one in store_ids]
    if len(set(wanted)) != len(wanted):
        raise InvalidInput("A store is named twice.", field="data")
    numbers = [int(one) for one in wanted if one.isascii() and one.isdigit() and len(one) < 19]
    found = {str(row.pk): row for row in rows.filter(pk__in=numbers)}
    stores = [row_get(rows.none(), one) if one not in found else found[one] for one in wanted]
    for store in stores:
        transition(StoreState(store.state), StoreState.ATTACHED)
        store.state = StoreState.ATTACHED.value
    Store.objects.filter(pk__in=[store.pk for store in stores]).update(
        state=StoreState.ATTACHED.value
    )
    return stores
