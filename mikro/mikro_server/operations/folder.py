"""Folders: a tree per organization, with the history of its changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from chassis.errors import Conflict, InvalidInput
from chassis.permissions import authorize
from mikro_server.domain.kinds import HistoryKind
from mikro_server.domain.text import checked_name
from mikro_server.models import Folder, FolderChange, User
from mikro_server.operations.author import Author, Stamp, stamp
from mikro_server.selectors import rows

DEEPEST = 100
#: What can be filed, and who may be seen of it.
FILED: dict[str, Any] = {
    "folders": rows.folders_visible_to,
    "files": rows.files_visible_to,
    "array_datasets": rows.arrays_visible_to,
    "table_datasets": rows.tables_visible_to,
    "annotation_collections": rows.collections_visible_to,
}


@transaction.atomic
def folder_create(*, author: Author, name: str, parent: object | None = None) -> int:
    """Make a folder."""
    made = stamp(author)
    return _create(made, checked_name(name), _parent(author, parent)).pk


@transaction.atomic
def folder_ensure(*, author: Author, name: str, parent: object | None = None) -> int:
    """Return the oldest folder of this name at this place, or make it."""
    made = stamp(author)
    above, name = _parent(author, parent), checked_name(name)
    visible = rows.folders_visible_to(author.principal).filter(name=name, parent=above)
    found = visible.order_by("pk").first()
    return _create(made, name, above).pk if found is None else found.pk


def _parent(author: Author, parent: object | None) -> Folder | None:
    if parent is None:
        return None
    folder = rows.row_get(rows.folders_visible_to(author.principal), parent)
    if len(_above(folder)) >= DEEPEST:
        raise InvalidInput(f"Folders nest at most {DEEPEST} deep.", field="parent")
    return folder


def _above(folder: Folder) -> list[int]:
    """Return the ids from a folder up to the root."""
    found = [folder.pk]
    while folder.parent is not None and len(found) <= DEEPEST:
        folder = folder.parent
        found.append(folder.pk)
    return found


def _create(made: Stamp, name: str, parent: Folder | None) -> Folder:
    folder = Folder.objects.create(**made, name=name, parent=parent)
    _remember(made, folder, HistoryKind.CREATE, {})
    return folder


def _state(folder: Folder) -> dict[str, Any]:
    return {"name": folder.name, "parent": folder.parent_id}


def _remember(made: Stamp, folder: Folder, kind: HistoryKind, before: dict[str, Any]) -> None:
    FolderChange.objects.create(
        folder=folder,
        kind=kind.value,
        user_id=made["creator_id"],
        client_id=made["client_id"],
        task_id=made["created_through_id"],
        before=before,
        after=_state(folder),
    )


@transaction.atomic
def folder_update(*, author: Author, folder_id: object, changes: Mapping[str, Any]) -> int:
    """Rename or move a folder; `parent` None makes it a root."""
    made = stamp(author)
    visible = rows.folders_visible_to(author.principal).select_for_update()
    folder = rows.row_get(visible, folder_id)
    before = _state(folder)
    folder.name = checked_name(changes.get("name", folder.name))
    if "parent" in changes:
        above = _parent(author, changes["parent"])
        if above is not None and folder.pk in _above(above):
            raise Conflict("A folder cannot lie inside itself.", field="parent")
        folder.parent = above
    folder.save(update_fields=["name", "parent"])
    _remember(made, folder, HistoryKind.UPDATE, before)
    return folder.pk


def folder_revert(*, author: Author, folder_id: object, change_id: object) -> int:
    """Give a folder the name and place it had after a change."""
    folder = rows.row_get(rows.folders_visible_to(author.principal), folder_id)
    change: FolderChange = rows.row_get(folder.changes.all(), change_id)
    return folder_update(author=author, folder_id=folder.pk, changes=change.after)


def folder_pin(*, author: Author, folder_id: object, pin: bool) -> int:
    """Put a folder among the caller's favourites, or take it away."""
    stamp(author, "imaging.read")
    folder = rows.row_get(rows.folders_visible_to(author.principal), folder_id)
    me = User.objects.get(pk=author.principal.subject)
    if pin:
        folder.pinned_by.add(me)
    else:
        folder.pinned_by.remove(me)
    return folder.pk


@transaction.atomic
def folder_file(
    *, author: Author, folder_id: object, what: str, ids: Sequence[object], put: bool
) -> int:
    """File things in a folder, or take them out of it; all or none."""
    authorize(author.principal, "imaging.write")
    folder = rows.row_get(rows.folders_visible_to(author.principal), folder_id)
    if what == "folders":
        return _file_folders(author, folder, ids, put=put)
    for one in ids:
        row = rows.row_get(FILED[what](author.principal), one)
        if put:
            row.folder = folder
        elif row.folder_id == folder.pk:
            row.folder = None
        row.save(update_fields=["folder"])
    return folder.pk


def _file_folders(author: Author, folder: Folder, ids: Sequence[object], *, put: bool) -> int:
    """Move folders; that has a history, and no folder may come to lie inside itself."""
    for one in ids:
        row = rows.row_get(rows.folders_visible_to(author.principal), one)
        if put or row.parent_id == folder.pk:
            place = folder.pk if put else None
            folder_update(author=author, folder_id=row.pk, changes={"parent": place})
    return folder.pk
