"""What was made from what, downstream: from containers into those derived from them, and files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from chassis.errors import InvalidInput
from chassis.identity import Principal
from mikro_server.domain.kinds import FileLinkDirection
from mikro_server.models import FileLink
from mikro_server.selectors import rows
from mikro_server.selectors.scope import pks_of, visible

#: Kind of a container: who may be seen of it, its space, and its name in lenses and links.
CONTAINERS: dict[str, tuple[Callable[[Principal], Any], str, str]] = {
    "DATASET": (rows.arrays_visible_to, "intrinsic_system", "array_dataset"),
    "TABLE_DATASET": (rows.tables_visible_to, "coordinate_system", "table_dataset"),
    "ANNOTATION_COLLECTION": (
        rows.collections_visible_to,
        "coordinate_system",
        "annotation_collection",
    ),
}
FILE = "FILE"
MOST_HOPS = 20
MOST_NODES = 5000


@dataclass(frozen=True, slots=True, order=True)
class Thing:
    """A container or a file."""

    kind: str
    pk: int

    @property
    def key(self) -> str:
        """What it is called in answers."""
        return f"{self.kind}:{self.pk}"


@dataclass(frozen=True, slots=True)
class Descendant:
    """One thing made from a root, by its shortest path."""

    thing: Thing
    name: str
    depth: int
    parent: Thing


@dataclass(frozen=True, slots=True)
class Descent:
    """What was made from one root; `more` if something was left out."""

    root: Thing
    nodes: list[Descendant]
    more: bool


def descent(
    principal: Principal,
    starts: Sequence[tuple[str, object]],
    *,
    down: int,
    limit: int,
    fanout: int,
) -> list[Descent]:
    """Return the descendants of each root that is visible, nearest first, each once."""
    if not 0 <= down <= MOST_HOPS:
        raise InvalidInput(f"A walk goes 0 to {MOST_HOPS} hops down.", field="down")
    if not 0 <= limit <= MOST_NODES or fanout < 0:
        raise InvalidInput(f"A walk finds 0 to {MOST_NODES} things.", field="limit")
    roots = _visible(principal, starts)
    walks = {root: _Walk(root) for root in roots}
    left = limit
    for depth in range(1, down + 2):
        fringe = {thing for walk in walks.values() for thing in walk.fringe}
        if not fringe:
            break
        made = children_of(principal, fringe)
        for walk in walks.values():
            room = left if depth <= down else 0
            left -= walk.step(made, depth, room=room, fanout=fanout)
    return [Descent(walk.root, walk.nodes, walk.more) for walk in walks.values()]


class _Walk:
    """The walk down from one root."""

    def __init__(self, root: Thing) -> None:
        self.root = root
        self.nodes: list[Descendant] = []
        self.more = False
        self.fringe: list[Thing] = [root]
        self._seen = {root}

    def step(
        self, made: dict[Thing, list[tuple[Thing, str]]], depth: int, *, room: int, fanout: int
    ) -> int:
        """Go one hop further; return how many things were found."""
        found: list[Descendant] = []
        for parent in self.fringe:
            children = [one for one in made.get(parent, []) if one[0] not in self._seen]
            kept = children[: max(0, min(fanout, room - len(found)))]
            self.more = self.more or len(kept) < len(children)
            for thing, name in kept:
                self._seen.add(thing)
                found.append(Descendant(thing, name, depth, parent))
        self.nodes += found
        self.fringe = [one.thing for one in found]
        return len(found)


def _visible(principal: Principal, starts: Sequence[tuple[str, object]]) -> list[Thing]:
    known: set[Thing] = set()
    wanted = [Thing(kind, pk) for kind, given in starts for pk in pks_of([given])]
    for kind in {one.kind for one in wanted}:
        pks = [one.pk for one in wanted if one.kind == kind]
        if kind == FILE:
            seen = rows.files_visible_to(principal)
        elif kind in CONTAINERS:
            seen = CONTAINERS[kind][0](principal)
        else:
            continue
        known.update(Thing(kind, pk) for pk in seen.filter(pk__in=pks).values_list("pk", flat=True))
    return list(dict.fromkeys(one for one in wanted if one in known))


def children_of(
    principal: Principal, parents: Iterable[Thing]
) -> dict[Thing, list[tuple[Thing, str]]]:
    """Return what was made directly from each thing, with its name, oldest first."""
    by_kind: dict[str, list[int]] = defaultdict(list)
    for one in parents:
        by_kind[one.kind].append(one.pk)
    found: dict[Thing, dict[Thing, str]] = defaultdict(dict)
    for kind, pks in by_kind.items():
        if kind == FILE:
            _read_out(principal, pks, found)
        else:
            _derived(principal, kind, pks, found)
            _exported(principal, kind, pks, found)
    return {parent: sorted(made.items()) for parent, made in found.items()}


_Found = dict[Thing, dict[Thing, str]]


def _derived(principal: Principal, kind: str, pks: list[int], found: _Found) -> None:
    column = CONTAINERS[kind][2]
    edges = rows.transformations_visible_to(principal).filter(is_derivation=True)
    parents: dict[int, set[Thing]] = defaultdict(set)
    for way in (f"output__{column}", f"output__lenses__{column}"):
        pairs = edges.filter(**{f"{way}__in": pks}).values_list(way, "input")
        for parent, system in pairs:
            parents[system].add(Thing(kind, parent))
    for child_kind, (seen, space, _) in CONTAINERS.items():
        owners = seen(principal).filter(**{f"{space}__in": list(parents)})
        for pk, name, system in owners.values_list("pk", "name", space):
            for parent in parents[system]:
                found[parent][Thing(child_kind, pk)] = name


def _links(principal: Principal, direction: FileLinkDirection) -> Any:
    return visible(principal, FileLink.objects.filter(direction=direction.value))


def _exported(principal: Principal, kind: str, pks: list[int], found: _Found) -> None:
    column = CONTAINERS[kind][2]
    links = _links(principal, FileLinkDirection.RENDITION)
    links = links.filter(**{f"{column}__in": pks}, file__trashed_at=None)
    for parent, pk, name in links.values_list(column, "file", "file__name"):
        found[Thing(kind, parent)][Thing(FILE, pk)] = name


def _read_out(principal: Principal, pks: list[int], found: _Found) -> None:
    links = _links(principal, FileLinkDirection.SOURCE).filter(file__in=pks)
    for kind, (_, _, column) in CONTAINERS.items():
        made = links.filter(**{f"{column}__isnull": False, f"{column}__trashed_at": None})
        for parent, pk, name in made.values_list("file", column, f"{column}__name"):
            found[Thing(FILE, parent)][Thing(kind, pk)] = name
