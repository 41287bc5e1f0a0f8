"""Everything filed in one folder, whatever its kind, in one order and one page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import Exists, Model, OuterRef, QuerySet, Value
from django.db.models.fields import CharField

from chassis.errors import InvalidInput
from chassis.identity import Principal
from mikro_server.domain.kinds import FileLinkDirection
from mikro_server.domain.text import search_query
from mikro_server.models import FileLink
from mikro_server.selectors import rows
from mikro_server.selectors.scope import RULES

#: Rules of reading are registered with those of the rows.
REGISTERED = RULES

MOST = 1000
_SEEN: dict[str, tuple[Callable[[Principal], QuerySet[Any]], str]] = {
    "folder": (rows.folders_visible_to, "parent"),
    "file": (rows.files_visible_to, "folder"),
    "array_dataset": (rows.arrays_visible_to, "folder"),
    "table_dataset": (rows.tables_visible_to, "folder"),
    "annotation_collection": (rows.collections_visible_to, "folder"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildrenWish:
    """What is listed, and how."""

    folders: bool = True
    #: Also what was read out of a file, which is listed itself.
    converted: bool = False
    search: str | None = None
    order: str = "name"
    descending: bool = False
    offset: int = 0
    limit: int = 200


def children_of_folder(principal: Principal, parent: object, wish: ChildrenWish) -> list[Model]:
    """Return a page of what lies in a visible folder; raise `NotFound` for any other."""
    if wish.offset < 0 or not 0 <= wish.limit <= MOST:
        raise InvalidInput(f"A page starts at 0 and holds 0 to {MOST} rows.", field="pagination")
    folder = rows.row_get(rows.folders_visible_to(principal), parent)
    parts = [
        _part(principal, kind, folder.pk, wish)
        for kind in _SEEN
        if wish.folders or kind != "folder"
    ]
    direction = "-" if wish.descending else ""
    # Kind and id make the order whole, so that no row is on two pages.
    listed = parts[0].union(*parts[1:], all=True)
    page = listed.order_by(f"{direction}{wish.order}", f"{direction}kind", f"{direction}pk")
    return _loaded(principal, list(page[wish.offset : wish.offset + wish.limit]))


def _part(principal: Principal, kind: str, folder: int, wish: ChildrenWish) -> QuerySet[Any]:
    seen, column = _SEEN[kind]
    found = seen(principal).filter(**{column: folder})
    query = None if wish.search is None else search_query(wish.search)
    if query is not None:
        found = found.filter(words=SearchQuery(query, search_type="raw", config="simple"))
    if not wish.converted and kind not in ("folder", "file"):
        links = FileLink.objects.filter(
            **{kind: OuterRef("pk")}, direction=FileLinkDirection.SOURCE.value
        )
        found = found.filter(~Exists(links))
    named = found.annotate(kind=Value(kind, output_field=CharField()))
    lines: QuerySet[Any] = named.order_by().values("kind", "pk", "name", "created_at")
    return lines


def _loaded(principal: Principal, page: list[dict[str, Any]]) -> list[Model]:
    wanted: dict[str, list[int]] = defaultdict(list)
    for line in page:
        wanted[line["kind"]].append(line["pk"])
    found = {
        (kind, row.pk): row
        for kind, pks in wanted.items()
        for row in _SEEN[kind][0](principal).filter(pk__in=pks)
    }
    keys = [(line["kind"], line["pk"]) for line in page]
    return [found[key] for key in keys if key in found]
