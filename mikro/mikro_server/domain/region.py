"""A cut out of one level of an array: how callers name it, and what reading it costs."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from chassis.errors import InvalidInput, PayloadTooLarge
from mikro_server.domain.kinds import AxisType

#: Element types that can be read here, with the bytes of one element.
SIZES = {"bool": 1, "float16": 2, "float32": 4, "float64": 8} | {
    f"{sign}int{bits}": bits // 8 for sign in ("", "u") for bits in (8, 16, 32, 64)
}
_POSITIONS = re.compile(r"(\d{1,18})|(\d{0,18}):(\d{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Cut:
    """The positions of one axis: `start` up to `stop`; a `single` one is no axis any more."""

    start: int
    stop: int
    single: bool = False

    @property
    def extent(self) -> int:
        """How many positions are kept."""
        return self.stop - self.start

    @property
    def index(self) -> int | slice:
        """What selects it."""
        return self.start if self.single else slice(self.start, self.stop)


Region = tuple[Cut, ...]


def shape_of(region: Region) -> list[int]:
    """Return the shape of what is kept."""
    return [cut.extent for cut in region if not cut.single]


def default_region(types: Sequence[AxisType], shape: Sequence[int]) -> Region:
    """Return what is shown first: the last two axes whole, the middle of depth, else the start."""
    return tuple(
        Cut(0, size) if place >= len(shape) - 2 else _first(kind, size)
        for place, (kind, size) in enumerate(zip(types, shape, strict=True))
    )


def _first(kind: AxisType, size: int) -> Cut:
    at = size // 2 if kind is AxisType.SPACE else 0
    return Cut(at, at + 1, single=True)


def region_of(
    wanted: Sequence[str], axes: Sequence[str], types: Sequence[AxisType], shape: Sequence[int]
) -> Region:
    """Read slices `axis:3` and `axis:0:512`; axes that are not named are as shown first."""
    cuts = list(default_region(types, shape))
    named: set[int] = set()
    for text in wanted:
        place = _axis_of(text, axes)
        if place in named:
            raise InvalidInput(f"The axis {axes[place]!r} is sliced twice.", field="slice")
        named.add(place)
        cuts[place] = _cut(text[len(axes[place]) + 1 :], axes[place], shape[place])
    return tuple(cuts)


def _axis_of(text: str, axes: Sequence[str]) -> int:
    # Names may hold a colon themselves, so the longest that fits is meant.
    fitting = [place for place, axis in enumerate(axes) if text.startswith(f"{axis}:")]
    if not fitting:
        known = ", ".join(axes)
        raise InvalidInput(
            f"A slice is axis:3 or axis:0:512 with an axis of {known}.", field="slice"
        )
    return max(fitting, key=lambda place: len(axes[place]))


def _cut(text: str, axis: str, size: int) -> Cut:
    found = _POSITIONS.fullmatch(text)
    if found is None:
        raise InvalidInput(f"The slice of {axis!r} is not 3 or 0:512.", field="slice")
    if found[1] is not None:
        at = int(found[1])
        if at >= size:
            raise InvalidInput(f"The axis {axis!r} has {size} positions.", field="slice")
        return Cut(at, at + 1, single=True)
    cut = Cut(int(found[2] or 0), min(int(found[3]), size) if found[3] else size)
    if cut.extent < 1:
        raise InvalidInput(f"The slice of {axis!r} keeps no position.", field="slice")
    return cut


def cost(region: Region, chunks: Sequence[int], dtype: str) -> int:
    """Return the bytes of all chunks a region touches, decoded."""
    if dtype not in SIZES:
        raise InvalidInput(f"Arrays of {dtype} cannot be read here.", field="dtype")
    touched = (
        (-(-cut.stop // chunk) - cut.start // chunk) * chunk
        for cut, chunk in zip(region, chunks, strict=True)
    )
    return math.prod(touched) * SIZES[dtype]


def check_cost(region: Region, chunks: Sequence[int], dtype: str, most: int) -> None:
    """Refuse a region whose chunks are larger than what is read at once."""
    found = cost(region, chunks, dtype)
    if found > most:
        raise PayloadTooLarge(
            f"The region lies in chunks of {found} bytes, at most {most} are read at once; "
            "ask for less of it or for a coarser level.",
            field="slice",
        )


def affordable(region: Region, chunks: Sequence[int], dtype: str, most: int) -> Region:
    """Return the middle of a region that can be read at once, halved as often as needed."""
    cuts = list(region)
    while cost(tuple(cuts), chunks, dtype) > most:
        place = max(range(len(cuts)), key=lambda at: cuts[at].extent / chunks[at])
        cut = cuts[place]
        if cut.extent <= chunks[place]:
            check_cost(tuple(cuts), chunks, dtype, most)
        kept = cut.extent // 2
        start = cut.start + (cut.extent - kept) // 2
        cuts[place] = Cut(start, start + kept)
    return tuple(cuts)
