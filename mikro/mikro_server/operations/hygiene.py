"""Keeping house in the object store: nothing is deleted there that the database did not know."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from chassis.clock import now
from chassis.config import current
from chassis.errors import PlatformError
from chassis.logs import get_logger
from chassis.objectstore.contract import ObjectStore
from mikro_server.adapters.objects import borrowed_store
from mikro_server.config import MikroConfig
from mikro_server.domain.kinds import StoreKind
from mikro_server.domain.store_state import StoreState
from mikro_server.models import Store
from mikro_server.operations.quota import usage_change
from mikro_server.operations.trash import thing_purge, things_due

logger = get_logger(__name__)

_AT_ONCE = 200


def stores_due() -> list[Store]:
    """Return the stores whose data may go: abandoned uploads, and what left the trash."""
    config = current(MikroConfig)
    unused = now() - timedelta(seconds=config.uploads.expire_seconds)
    window = now() - timedelta(seconds=config.trash.window_seconds)
    unheld = Q(data_array=None, table_dataset=None, file=None)
    due = (
        Q(state=StoreState.REQUESTED.value, expires_at__lte=now())
        | Q(state=StoreState.POPULATED.value, populated_at__lte=unused)
        | Q(state=StoreState.TRASHED.value, trashed_at__lte=window)
    )
    return list(Store.objects.filter(due & unheld).order_by("pk")[:_AT_ONCE])


def sweep() -> int:
    """End what is due: purge the trash, remove objects, give the space back. Safe to run twice."""
    for row in things_due():
        thing_purge(row)
    total = 0
    while due := stores_due():
        gone = asyncio.run(_remove_all(due))
        for store in gone:
            _end(store)
        total += len(gone)
        if len(gone) < len(due):  # the rest failed and is tried again at the next turn
            break
    asyncio.run(_end_grants())
    return total


async def _end_grants() -> None:
    try:
        async with borrowed_store() as objects:
            await objects.end_grants()
    except PlatformError as error:
        logger.warning(
            "ended grants stay at the store: %s",
            error.message,
            extra={"event": "store.grants_stay"},
        )


async def _remove_all(stores: Iterable[Store]) -> list[Store]:
    gone = []
    async with borrowed_store() as objects:
        for store in stores:
            try:
                await _remove(objects, store)
            except PlatformError as error:
                logger.warning(
                    "a store could not be emptied: %s",
                    error.message,
                    extra={"event": "store.sweep_failed", "store": store.key},
                )
                continue
            gone.append(store)
    return gone


async def _remove(objects: ObjectStore, store: Store) -> None:
    await objects.abort_uploads(store.bucket, store.key)
    if StoreKind(store.kind).is_prefix:
        await objects.delete_prefix(store.bucket, f"{store.key}/")
    await objects.delete(store.bucket, store.key)
    if store.kind == StoreKind.ZARR:
        # Thumbnails are kept under the key of the array they show.
        media = current(MikroConfig).storage.bucket(StoreKind.MEDIA.value)
        await objects.delete_prefix(media, f"{store.key}/")


@transaction.atomic
def _end(store: Store) -> None:
    row = Store.objects.select_for_update().get(pk=store.pk)
    if row.state == StoreState.GONE:
        return
    if row.state != StoreState.REQUESTED:
        usage_change(
            organization=row.organization_id,
            user=row.creator_id,
            stored=-(row.size_bytes or 0),
            stores=-1,
        )
    row.state = StoreState.GONE.value
    row.gone_at = now()
    row.save(update_fields=["state", "gone_at"])
