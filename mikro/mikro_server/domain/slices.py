"""Selections of an array by slices: normal form, composition, identity."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chassis.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class AxisSlice:
    """The positions `start, start + step, ...` below `stop` of one axis, in whole numbers."""

    axis: str
    start: int
    stop: int
    step: int = 1

    @property
    def extent(self) -> int:
        """How many positions are kept."""
        return len(range(self.start, self.stop, self.step))

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"axis": self.axis, "start": self.start, "stop": self.stop, "step": self.step}

    def __str__(self) -> str:
        step = "" if self.step == 1 else f":{self.step}"
        return f"{self.axis}[{self.start}:{self.stop}{step}]"


Selection = tuple[AxisSlice, ...]


def whole(axes: Sequence[str], shape: Sequence[int]) -> Selection:
    """Return the selection that keeps everything."""
    return tuple(AxisSlice(axis, 0, size) for axis, size in zip(axes, shape, strict=True))


def narrow(selection: Selection, wanted: Sequence[Mapping[str, Any]]) -> Selection:
    """Cut slices, stated in the index space of the selection, out of it.

    Bounds are read as Python reads them: negative ones count from the end and those beyond it are
    the end. A slice that keeps nothing, or goes backwards, is refused.
    """
    named: dict[str, Mapping[str, Any]] = {}
    known = {one.axis for one in selection}
    for item in wanted:
        axis = str(item["axis"])
        if axis not in known:
            raise InvalidInput(f"There is no axis {axis!r} here.", field="slices")
        if axis in named:
            raise InvalidInput(f"The axis {axis!r} is sliced twice.", field="slices")
        named[axis] = item
    return tuple(_cut(one, named[one.axis]) if one.axis in named else one for one in selection)


def _cut(outer: AxisSlice, item: Mapping[str, Any]) -> AxisSlice:
    step = 1 if item.get("step") is None else int(item["step"])
    if step < 1:
        raise InvalidInput("The step of a slice is 1 or more.", field="slices")
    start, stop, step = slice(item.get("start"), item.get("stop"), step).indices(outer.extent)
    kept = len(range(start, stop, step))
    if not kept:
        raise InvalidInput(f"The slice of {outer.axis!r} keeps no position.", field="slices")
    if kept == 1:
        step = 1
    first = outer.start + start * outer.step
    stride = outer.step * step if kept > 1 else 1
    return AxisSlice(outer.axis, first, first + (kept - 1) * stride + 1, stride)


def restricting(selection: Selection, shape: Sequence[int]) -> Selection:
    """Return only the slices that leave something out."""
    return tuple(
        one
        for one, size in zip(selection, shape, strict=True)
        if (one.start, one.stop, one.step) != (0, size, 1)
    )


def extents(selection: Selection) -> list[int]:
    """Return the shape of what is kept."""
    return [one.extent for one in selection]


def narrow_windows(
    present: Sequence[Mapping[str, Any]],
    wanted: Sequence[Mapping[str, Any]],
    axes: Sequence[str],
) -> list[dict[str, Any]]:
    """Intersect windows (closed intervals by axis); an open side is None, an empty one refused."""
    windows: dict[str, tuple[float | None, float | None]] = {
        str(one["axis"]): (one.get("min"), one.get("max")) for one in present
    }
    seen: set[str] = set()
    for one in wanted:
        axis = str(one["axis"])
        if axis not in axes:
            raise InvalidInput(f"There is no axis {axis!r} here.", field="windows")
        if axis in seen:
            raise InvalidInput(f"The axis {axis!r} has two windows.", field="windows")
        seen.add(axis)
        low, high = windows.get(axis, (None, None))
        least, most = one.get("min"), one.get("max")
        if not all(side is None or math.isfinite(side) for side in (least, most)):
            raise InvalidInput("Leave an end out to leave it open.", field="windows")
        low = least if low is None else low if least is None else max(low, least)
        high = most if high is None else high if most is None else min(high, most)
        if low is not None and high is not None and low > high:
            raise InvalidInput(f"The window of {axis!r} keeps nothing.", field="windows")
        windows[axis] = (low, high)
    return [
        {"axis": axis, "min": windows[axis][0], "max": windows[axis][1]}
        for axis in axes
        if axis in windows and windows[axis] != (None, None)
    ]
