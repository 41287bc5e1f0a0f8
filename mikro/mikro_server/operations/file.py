"""Files: an uploaded object with a name and a place."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from django.db import transaction

from chassis.identity import Principal
from chassis.permissions import authorize
from mikro_server.adapters.news import FileNews, announce, watched
from mikro_server.domain.kinds import StoreKind
from mikro_server.domain.store_state import StoreState
from mikro_server.domain.text import checked_name
from mikro_server.models import File
from mikro_server.operations.array import folder_named
from mikro_server.operations.author import Author, in_thread, stamp
from mikro_server.operations.lineage import exports_write
from mikro_server.operations.store import own_store, store_populate, stores_attach
from mikro_server.selectors import rows
from mikro_server.selectors.scope import pk_of


async def file_create(
    *,
    author: Author,
    store_id: object,
    name: str,
    folder: object | None = None,
    export_of: Sequence[Mapping[str, Any]] = (),
) -> int:
    """Make a file of an uploaded object; the client never confirms the upload, so this does."""
    store = await in_thread(own_store, author, StoreKind.BIGFILE, store_id)
    if store.state == StoreState.REQUESTED:
        await store_populate(store)
    return await in_thread(
        _create,
        author=author,
        store_id=store_id,
        name=checked_name(name, "fileName"),
        folder=folder,
        export_of=export_of,
    )


@transaction.atomic
def _create(
    *,
    author: Author,
    store_id: object,
    name: str,
    folder: object | None,
    export_of: Sequence[Mapping[str, Any]],
) -> int:
    made = stamp(author)
    [store] = stores_attach(author=author, kind=StoreKind.BIGFILE, store_ids=[store_id])
    file = File.objects.create(**made, name=name, store=store, folder=folder_named(author, folder))
    exports_write(made, author, file, export_of)
    announce(FileNews(author.organization, "create", file.pk, file.folder_id))
    return file.pk


def file_update(*, author: Author, file_id: object, changes: Mapping[str, Any]) -> int:
    """Rename a file; its bytes are fixed."""
    authorize(author.principal, "imaging.write")
    with transaction.atomic():
        visible = rows.files_visible_to(author.principal).select_for_update(of=("self",))
        file: File = rows.row_get(visible, file_id)
        if changes.get("name") is not None:
            file.name = checked_name(changes["name"])
            file.save(update_fields=["name"])
        announce(FileNews(author.organization, "update", file.pk, file.folder_id))
    return file.pk


async def files_watch(
    *, principal: Principal, folder: object | None = None
) -> AsyncIterator[FileNews]:
    """Yield what happens to files of the organization, or of one folder of it."""
    authorize(principal, "imaging.read")
    wanted = None if folder is None else pk_of(folder)
    if wanted is not None:
        await in_thread(rows.row_get, rows.folders_visible_to(principal), wanted)
    async for news in watched(principal.organization):
        if wanted is None or news.folder == wanted:
            yield news
