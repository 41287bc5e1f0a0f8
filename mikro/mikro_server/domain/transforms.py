"""Edges of the coordinate graph: what a caller may state, and what it means as a matrix."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chassis.errors import InvalidInput
from mikro_server.domain import affine
from mikro_server.domain.kinds import PartKind, TransformInvariance, TransformKind

_FIELDS = {
    "IDENTITY": (),
    "SCALE": ("scale",),
    "TRANSLATION": ("translation",),
    "MAP_AXIS": ("inputAxes", "outputAxes"),
    "AFFINE": ("affine",),
    "ROTATION": ("affine",),
    "BY_DIMENSION": ("parts",),
    "UNMAPPABLE": ("reason",),
}
_PART_FIELDS: dict[str, tuple[str, ...]] = {
    "IDENTITY": (),
    "SCALE": ("scale",),
    "TRANSLATION": ("translation",),
    "AFFINE": ("affine",),
    "ROTATION": ("affine",),
    "FIELD": ("field",),
}
_INVARIANCE = {
    TransformKind.IDENTITY: TransformInvariance.ISOMETRY,
    TransformKind.TRANSLATION: TransformInvariance.ISOMETRY,
    TransformKind.ROTATION: TransformInvariance.ISOMETRY,
    TransformKind.MAP_AXIS: TransformInvariance.ISOMETRY,
    TransformKind.UNMAPPABLE: TransformInvariance.NONE,
}
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Edge:
    """A checked transformation, ready to be kept."""

    kind: TransformKind
    input_axes: list[str]
    output_axes: list[str]
    params: dict[str, Any] = field(default_factory=dict)


def check(given: Mapping[str, Any], inputs: Sequence[str], outputs: Sequence[str]) -> Edge:
    """Hold a stated transformation against the axes of both systems.

    `given` has the field names of the wire. Fields that its kind does not read are refused.
    """
    kind = TransformKind(given["kind"])
    _only(given, _FIELDS[kind.value], kind.value)
    named = [*inputs], [*outputs]
    if kind is TransformKind.UNMAPPABLE:
        return Edge(kind, *named, {"reason": given.get("reason")})
    if kind is TransformKind.MAP_AXIS:
        return _map_axis(given, inputs, outputs)
    if kind is TransformKind.BY_DIMENSION:
        return _by_dimension(given, inputs, outputs)
    return Edge(kind, *named, numbers(kind.value, given, len(inputs), len(outputs)))


def numbers(kind: str, given: Mapping[str, Any], inputs: int, outputs: int) -> dict[str, Any]:
    """Check the numbers of one kind for so many axes on both sides."""
    if kind in {"IDENTITY", "SCALE", "TRANSLATION"}:
        if inputs != outputs:
            raise _bad(f"{kind} maps {inputs} axes onto as many, not onto {outputs}")
        if kind == "IDENTITY":
            return {}
        key = kind.lower()
        values = _finite(given.get(key), inputs, key)
        if kind == "SCALE" and not all(values):
            raise _bad("a scale of 0 has no way back")
        return {key: values}
    rows = given.get("affine")
    if not isinstance(rows, Sequence) or len(rows) != outputs:
        raise _bad(f"affine needs {outputs} rows")
    matrix = [_finite(row, inputs + 1, "affine") for row in rows]
    if kind == "ROTATION":
        _check_rotation(matrix)
    return {"affine": matrix}


def matrix_of(
    kind: TransformKind, params: Mapping[str, Any], inputs: Sequence[str], outputs: Sequence[str]
) -> affine.Matrix | None:
    """Return the edge as one affine map of all its axes, or None where it is none."""
    if kind is TransformKind.IDENTITY:
        return affine.identity(len(inputs))
    if kind is TransformKind.SCALE:
        return affine.scaling(params["scale"])
    if kind is TransformKind.TRANSLATION:
        return affine.shifting(params["translation"])
    if kind in {TransformKind.AFFINE, TransformKind.ROTATION}:
        return tuple(tuple(row) for row in params["affine"])
    if kind is TransformKind.MAP_AXIS:
        pairs = dict(zip(params["inputAxes"], params["outputAxes"], strict=True))
        return affine.permuting(inputs, outputs, pairs)
    if kind is TransformKind.SEQUENCE:
        matrix = affine.identity(len(inputs))
        for step in params["steps"]:
            then = matrix_of(TransformKind(step["kind"]), step, inputs, outputs)
            assert then is not None
            matrix = affine.compose(matrix, then)
        return matrix
    if kind is TransformKind.BY_DIMENSION:
        return _matrix_of_parts(params["parts"], inputs, outputs)
    return None


def invariance(kind: TransformKind, params: Mapping[str, Any]) -> TransformInvariance:
    """Return what of lengths and angles survives."""
    if kind in _INVARIANCE:
        return _INVARIANCE[kind]
    if kind is TransformKind.SCALE:
        factors = {abs(one) for one in params["scale"]}
        return TransformInvariance.SIMILARITY if len(factors) == 1 else TransformInvariance.AFFINE
    if kind is TransformKind.SEQUENCE:
        found = [invariance(TransformKind(step["kind"]), step) for step in params["steps"]]
        return max(found, key=list(TransformInvariance).index)
    if kind is TransformKind.BY_DIMENSION and any(
        part["kind"] == PartKind.FIELD.value for part in params["parts"]
    ):
        return TransformInvariance.DIFFEOMORPHIC
    return TransformInvariance.AFFINE


def _bad(problem: str) -> InvalidInput:
    return InvalidInput(f"The transformation cannot be taken: {problem}.", field="transform")


def _only(given: Mapping[str, Any], allowed: Sequence[str], kind: str) -> None:
    known = {"kind", "inputAxes", "outputAxes"} if allowed is _PART_FIELDS.get(kind) else {"kind"}
    extra = [key for key, value in given.items() if value is not None]
    wrong = sorted(set(extra) - set(allowed) - known)
    if wrong:
        raise _bad(f"{kind} does not read {', '.join(wrong)}")


def _finite(values: Any, count: int, key: str) -> list[float]:
    if not isinstance(values, Sequence) or len(values) != count:
        raise _bad(f"{key} needs {count} numbers")
    if not all(math.isfinite(one) for one in values):
        raise _bad(f"{key} holds a number that is not finite")
    return [float(one) for one in values]


def _check_rotation(matrix: Sequence[Sequence[float]]) -> None:
    rows = [row[:-1] for row in matrix]
    for first, one in enumerate(rows):
        for second, other in enumerate(rows):
            product = sum(a * b for a, b in zip(one, other, strict=True))
            if abs(product - (first == second)) > _ROUNDING:
                raise _bad("the matrix of a ROTATION has rows of length 1, at right angles")


def _axes(names: Any, known: Sequence[str], key: str) -> list[str]:
    if not isinstance(names, Sequence) or not names:
        raise _bad(f"{key} must name axes")
    for name in names:
        if name not in known:
            raise _bad(f"there is no axis {name!r} in {key}")
    if len(set(names)) != len(names):
        raise _bad(f"{key} names an axis twice")
    return [*names]


def _map_axis(given: Mapping[str, Any], inputs: Sequence[str], outputs: Sequence[str]) -> Edge:
    mapped = _axes(given.get("inputAxes"), inputs, "inputAxes")
    onto = _axes(given.get("outputAxes"), outputs, "outputAxes")
    if len(mapped) != len(onto):
        raise _bad("MAP_AXIS maps as many axes as it names outputs")
    return Edge(TransformKind.MAP_AXIS, mapped, onto, {"inputAxes": mapped, "outputAxes": onto})


def _by_dimension(given: Mapping[str, Any], inputs: Sequence[str], outputs: Sequence[str]) -> Edge:
    parts = given.get("parts")
    if not parts:
        raise _bad("BY_DIMENSION needs parts")
    checked: list[dict[str, Any]] = []
    for part in parts:
        kind = PartKind(part["kind"])
        _only(part, _PART_FIELDS[kind.value], kind.value)
        mapped = _axes(part["inputAxes"], inputs, "inputAxes")
        onto = _axes(part["outputAxes"], outputs, "outputAxes")
        body: dict[str, Any] = {"kind": kind.value, "inputAxes": mapped, "outputAxes": onto}
        if kind is PartKind.FIELD:
            if not part.get("field"):
                raise _bad("FIELD needs a field")
            body["field"] = dict(part["field"])
        else:
            body |= numbers(kind.value, part, len(mapped), len(onto))
        checked.append(body)
    written = [axis for part in checked for axis in part["outputAxes"]]
    if len(set(written)) != len(written):
        raise _bad("two parts give the same output axis")
    mapped = [axis for axis in inputs if any(axis in part["inputAxes"] for part in checked)]
    return Edge(TransformKind.BY_DIMENSION, mapped, written, {"parts": checked})


def _matrix_of_parts(
    parts: Sequence[Mapping[str, Any]], inputs: Sequence[str], outputs: Sequence[str]
) -> affine.Matrix | None:
    rows: dict[str, tuple[float, ...]] = {}
    for part in parts:
        if part["kind"] == PartKind.FIELD.value:
            return None
        small = matrix_of(TransformKind(part["kind"]), part, part["inputAxes"], part["outputAxes"])
        assert small is not None
        for name, row in zip(part["outputAxes"], small, strict=True):
            wide = [0.0] * (len(inputs) + 1)
            wide[-1] = row[-1]
            for axis, factor in zip(part["inputAxes"], row[:-1], strict=True):
                wide[inputs.index(axis)] = factor
            rows[name] = tuple(wide)
    if any(axis not in rows for axis in outputs):
        return None
    return tuple(rows[axis] for axis in outputs)
