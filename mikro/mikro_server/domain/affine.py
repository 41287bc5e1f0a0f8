"""Affine maps between spaces of few dimensions, as plain rows of numbers.

A map of N input axes onto M output axes has M rows of N + 1 numbers; the last is the offset.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

Matrix = tuple[tuple[float, ...], ...]

_SINGULAR = 1e-12


def identity(rank: int) -> Matrix:
    """Return the map that changes nothing."""
    return scaling([1.0] * rank)


def scaling(factors: Sequence[float]) -> Matrix:
    """Return the map that multiplies each axis."""
    rank = len(factors)
    return tuple(
        (*tuple(float(factor) if at == row else 0.0 for at in range(rank)), 0.0)
        for row, factor in enumerate(factors)
    )


def shifting(offsets: Sequence[float]) -> Matrix:
    """Return the map that moves each axis."""
    plain = identity(len(offsets))
    return tuple((*row[:-1], float(offset)) for row, offset in zip(plain, offsets, strict=True))


def permuting(inputs: Sequence[str], outputs: Sequence[str], pairs: dict[str, str]) -> Matrix:
    """Return the map that hands input axes on under other names; others become 0."""
    source = {output: inputs.index(name) for name, output in pairs.items()}
    return tuple(
        (*tuple(1.0 if source.get(output) == at else 0.0 for at in range(len(inputs))), 0.0)
        for output in outputs
    )


def apply(matrix: Matrix, point: Sequence[float]) -> tuple[float, ...]:
    """Return where a point goes."""
    return tuple(
        sum(factor * value for factor, value in zip(row[:-1], point, strict=True)) + row[-1]
        for row in matrix
    )


def compose(first: Matrix, then: Matrix) -> Matrix:
    """Return the map that does `first` and `then` the other."""
    width = len(first[0]) if first else 1
    rows = []
    for row in then:
        factors, offset = row[:-1], row[-1]
        columns = [
            sum(factor * first[at][column] for at, factor in enumerate(factors))
            for column in range(width)
        ]
        columns[-1] += offset
        rows.append(tuple(columns))
    return tuple(rows)


def invert(matrix: Matrix) -> Matrix | None:
    """Return the way back, or None where there is none (not square, or flat)."""
    rank = len(matrix)
    if any(len(row) != rank + 1 for row in matrix):
        return None
    work = [
        [*row[:-1], *(1.0 if at == index else 0.0 for at in range(rank))]
        for index, row in enumerate(matrix)
    ]
    for column in range(rank):
        pivot = max(range(column, rank), key=lambda at: abs(work[at][column]))
        if abs(work[pivot][column]) < _SINGULAR:
            return None
        work[column], work[pivot] = work[pivot], work[column]
        head = work[column][column]
        work[column] = [value / head for value in work[column]]
        for at in range(rank):
            if at != column and work[at][column]:
                factor = work[at][column]
                work[at] = [a - factor * b for a, b in zip(work[at], work[column], strict=True)]
    inverse = [row[rank:] for row in work]
    offsets = [row[-1] for row in matrix]
    return tuple(
        (*row, -sum(factor * offset for factor, offset in zip(row, offsets, strict=True)))
        for row in inverse
    )


Box = tuple[tuple[float, ...], tuple[float, ...]]


def bounds(points: Sequence[Sequence[float]]) -> Box:
    """Return the smallest box around points."""
    columns = list(zip(*points, strict=True))
    return tuple(min(column) for column in columns), tuple(max(column) for column in columns)


def box_image(matrix: Matrix, box: Box) -> Box:
    """Return the box around where a box goes; every corner counts, for a map may turn it."""
    corners = itertools.product(*zip(*box, strict=True))
    return bounds([apply(matrix, corner) for corner in corners])
