"""The trash: what is deleted stays for a while, and can be brought back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from chassis.clock import now
from chassis.config import current
from chassis.errors import Conflict, InvalidInput
from chassis.permissions import authorize
from mikro_server import models
from mikro_server.adapters.news import FileNews, announce
from mikro_server.config import MikroConfig
from mikro_server.domain.store_state import StoreState
from mikro_server.operations.author import Author, stamp
from mikro_server.selectors import rows
from mikro_server.selectors.scope import visible

#: What can be thrown away, by its name on the wire: the table, and the way from it to its stores.
KEPT: dict[str, tuple[Any, str | None]] = {
    "arraydataset": (models.ArrayDataset, "data_array__dataset"),
    "tabledataset": (models.TableDataset, "table_dataset"),
    "file": (models.File, "file"),
    "folder": (models.Folder, None),
    "annotationcollection": (models.AnnotationCollection, None),
}


def trashed_of(author: Author, kind: str) -> QuerySet[Any]:
    """Return what lies in the trash of one kind, newest first."""
    if kind not in KEPT:
        raise InvalidInput(f"kind is one of {', '.join(sorted(KEPT))}.", field="kind")
    everything = KEPT[kind][0].objects.exclude(trashed_at=None)
    return visible(author.principal, everything).order_by("-trashed_at", "-pk")


@transaction.atomic
def thing_trash(*, author: Author, kind: str, identifier: object) -> int:
    """Put something in the trash, and its data with it."""
    stamp(author, "imaging.read")
    model, way = KEPT[kind]
    visible_rows = visible(author.principal, model.objects.filter(trashed_at=None))
    row = rows.row_get(visible_rows.select_for_update(of=("self",)), identifier)
    authorize(author.principal, "imaging.delete", row)
    if kind == "folder":
        _refuse_full(row)
    row.trashed_at = now()
    row.trashed_by_id = author.principal.subject
    row.save(update_fields=["trashed_at", "trashed_by"])
    if way is not None:
        models.Store.objects.filter(**{way: row}).update(
            state=StoreState.TRASHED.value, trashed_at=row.trashed_at
        )
    if kind == "file":
        announce(FileNews(author.organization, "delete", row.pk, row.folder_id))
    return int(row.pk)


def _refuse_full(folder: models.Folder) -> None:
    inside = (
        folder.children.filter(trashed_at=None),
        folder.files.filter(trashed_at=None),
        folder.array_datasets.filter(trashed_at=None),
        folder.table_datasets.filter(trashed_at=None),
        folder.annotation_collections.filter(trashed_at=None),
    )
    count = sum(one.count() for one in inside)
    if count:
        raise Conflict(f"The folder holds {count} things; move or delete them first.", field="id")


@transaction.atomic
def thing_restore(*, author: Author, kind: str, identifier: object) -> int:
    """Bring something back out of the trash."""
    row = rows.row_get(trashed_of(author, kind).select_for_update(of=("self",)), identifier)
    authorize(author.principal, "imaging.delete", row)
    row.trashed_at = None
    row.trashed_by = None
    place = "parent" if kind == "folder" else "folder"
    folder: models.Folder | None = getattr(row, place)
    if folder is not None and folder.trashed_at is not None:
        # Nobody would find it in a folder that is not there.
        setattr(row, place, None)
    row.save(update_fields=["trashed_at", "trashed_by", place])
    way = KEPT[kind][1]
    if way is not None:
        models.Store.objects.filter(**{way: row}).update(
            state=StoreState.ATTACHED.value, trashed_at=None
        )
    if kind == "file":
        announce(FileNews(author.organization, "create", row.pk, row.folder_id))
    return int(row.pk)


def window() -> timedelta:
    """Return how long things stay in the trash."""
    return timedelta(seconds=current(MikroConfig).trash.window_seconds)


def things_due() -> list[Any]:
    """Return what has been in the trash for longer than the window."""
    moment = now() - window()
    found: list[Any] = []
    for model, _ in KEPT.values():
        found += model.objects.filter(trashed_at__lte=moment).order_by("pk")[:500]
    return found


@transaction.atomic
def thing_purge(row: Any) -> None:
    """Remove a row for good; its stores wait for the sweep of their objects."""
    system = getattr(row, "intrinsic_system", None) or getattr(row, "coordinate_system", None)
    if isinstance(row, models.ArrayDataset):
        lens_systems = Q(lenses__array_dataset=row, lenses__is_whole=False)
        doomed = list(models.CoordinateSystem.objects.filter(lens_systems))
        row.delete()
        for one in doomed:
            one.delete()
    else:
        row.delete()
    if system is not None:
        system.delete()
