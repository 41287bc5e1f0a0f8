"""Shapes of annotations: how many points each has, and the box around it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from chassis.errors import InvalidInput
from mikro_server.domain import affine
from mikro_server.domain.kinds import AnnotationKind as Kind

#: Fewest and most points of a shape; None is no limit.
_POINTS: dict[Kind, tuple[int, int | None]] = {
    Kind.POINT: (1, 1),
    Kind.MULTI_POINT: (1, None),
    Kind.LINE: (2, 2),
    Kind.PATH: (2, None),
    Kind.POLYGON: (3, None),
    # Two opposite corners, or all of them.
    Kind.RECTANGLE: (2, 4),
    Kind.CUBE: (2, 8),
    # Round things are a centre and what gives their size, or the corners of the box around them.
    Kind.CIRCLE: (1, 4),
    Kind.ELLIPSE: (1, 4),
    Kind.SPHERE: (1, 8),
    Kind.ELLIPSOID: (1, 8),
}
MOST_POINTS = 100_000


def check_vectors(kind: Kind, vectors: Sequence[Sequence[float]]) -> list[list[float]]:
    """Return the points of a shape as lists, or raise what is wrong with them."""
    least, most = _POINTS[kind]
    count = len(vectors)
    if count < least or count > (MOST_POINTS if most is None else most):
        wanted = f"{least} or more" if most is None else f"{least} to {most}"
        raise InvalidInput(f"A {kind.value} has {wanted} points, not {count}.", field="vectors")
    ranks = {len(vector) for vector in vectors}
    if len(ranks) != 1 or not ranks <= {2, 3}:
        raise InvalidInput("Points have 2 numbers each, or 3 each.", field="vectors")
    if not all(math.isfinite(value) for vector in vectors for value in vector):
        raise InvalidInput("A point holds a number that is not finite.", field="vectors")
    return [[float(value) for value in vector] for vector in vectors]


def box_around(vectors: Sequence[Sequence[float]]) -> dict[str, list[float]]:
    """Return the box around points, as the wire has it."""
    least, most = affine.bounds(vectors)
    return {"min": [*least], "max": [*most]}


def check_color(color: Sequence[int] | None, field: str) -> list[int] | None:
    """Return an RGBA colour of 3 or 4 numbers from 0 to 255."""
    if color is None:
        return None
    if len(color) not in (3, 4) or not all(0 <= one <= 255 for one in color):
        raise InvalidInput("A colour has 3 or 4 numbers from 0 to 255.", field=field)
    return [*color]


def check_width(width: float | None) -> float:
    """Return the width of an outline; none given is 1."""
    if width is None:
        return 1.0
    if not (math.isfinite(width) and width >= 0):
        raise InvalidInput("A width is a finite number, 0 or more.", field="strokeWidth")
    return width
