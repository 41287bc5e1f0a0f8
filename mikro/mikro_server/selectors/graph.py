"""Walks of the coordinate graph. An edge relates both its ends; its direction stays what it is."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from chassis.errors import InvalidInput
from mikro_server.domain import affine, transforms
from mikro_server.domain.kinds import TransformKind
from mikro_server.models import Axis, Transformation

#: Systems one walk visits at most; a graph this large is no neighbourhood any more.
MOST_SYSTEMS = 2000


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The ids a walk reached."""

    systems: list[int]
    edges: list[int]


def neighbourhood(edges: QuerySet[Transformation], root: int, depth: int | None) -> Neighbourhood:
    """Return what is reachable from a system in at most `depth` steps, one query a step."""
    systems = {root: None}
    found: dict[int, None] = {}
    frontier = {root}
    step = 0
    while frontier and (depth is None or step < depth):
        step += 1
        touching = edges.filter(Q(input_id__in=frontier) | Q(output_id__in=frontier))
        reached: set[int] = set()
        for pk, start, end in touching.values_list("pk", "input_id", "output_id").order_by("pk"):
            found[pk] = None
            reached.update({start, end} - systems.keys())
        if len(systems) + len(reached) > MOST_SYSTEMS:
            raise InvalidInput(
                f"More than {MOST_SYSTEMS} systems are connected; give a depth.", field="maxDepth"
            )
        systems.update(dict.fromkeys(sorted(reached)))
        frontier = reached
    return Neighbourhood(list(systems), list(found))


def affine_between(edges: QuerySet[Transformation], start: int, goal: int) -> affine.Matrix | None:
    """Return the affine map from one system to another along the shortest affine path, if any."""
    if start == goal:
        return affine.identity(len(axis_names([start])[start]))
    region = neighbourhood(edges.exclude(kind=TransformKind.UNMAPPABLE.value), start, None)
    if goal not in region.systems:
        return None
    rows = edges.filter(pk__in=region.edges, selector__isnull=True)
    names = axis_names(region.systems)
    ways = _ways(rows, names)
    queue = deque([start])
    reached: dict[int, affine.Matrix] = {start: affine.identity(len(names[start]))}
    while queue:
        here = queue.popleft()
        if here == goal:
            return reached[here]
        for there, matrix in ways.get(here, ()):
            if there not in reached:
                reached[there] = affine.compose(reached[here], matrix)
                queue.append(there)
    return None


def _ways(
    rows: QuerySet[Transformation], names: Mapping[int, Sequence[str]]
) -> dict[int, list[tuple[int, affine.Matrix]]]:
    ways: dict[int, list[tuple[int, affine.Matrix]]] = {}
    for edge in rows.order_by("pk"):
        matrix = transforms.matrix_of(
            TransformKind(edge.kind), edge.params, names[edge.input_id], names[edge.output_id]
        )
        if matrix is None:
            continue
        ways.setdefault(edge.input_id, []).append((edge.output_id, matrix))
        back = affine.invert(matrix)
        if back is not None:
            ways.setdefault(edge.output_id, []).append((edge.input_id, back))
    return ways


def axis_names(systems: Sequence[int]) -> dict[int, list[str]]:
    """Return the names of the axes of systems, in order."""
    names: dict[int, list[str]] = {pk: [] for pk in systems}
    rows = Axis.objects.filter(system_id__in=systems).order_by("system_id", "order")
    for system, name in rows.values_list("system_id", "name"):
        names[system].append(name)
    return names
