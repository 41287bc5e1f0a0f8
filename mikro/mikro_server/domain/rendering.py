"""Numbers into pictures: contrast, colour, size. Works on numpy arrays, two axes each."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from chassis.errors import InvalidInput
from mikro_server.domain.colour import STOPS
from mikro_server.domain.kinds import ColorMap

Values = NDArray[Any]
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Contrast:
    """Which values are drawn darkest and brightest; a missing one is read off the percentiles."""

    low: float | None = None
    high: float | None = None
    low_percentile: float = 1.0
    high_percentile: float = 99.8

    def limits(self, values: Values) -> tuple[float, float]:
        """Return the two values for these data; NaN and infinities are not looked at."""
        low, high = self.low, self.high
        if low is None or high is None:
            finite = values[np.isfinite(values)]
            if finite.size == 0:
                found = (0.0, 0.0)
            else:
                shares = [self.low_percentile, self.high_percentile]
                first, last = np.percentile(finite.astype(np.float64), shares)
                found = (float(first), float(last))
            low = found[0] if low is None else low
            high = found[1] if high is None else high
        return low, high


def flattened(values: Values) -> Values:
    """Return the brightest value along every axis but the last two."""
    while values.ndim > 2:
        values = values.max(axis=0)
    return values


def shrunk(values: Values, longest: int) -> Values:
    """Return values so thinned that neither side is longer than twice the wanted one."""
    step = max(1, max(values.shape, default=1) // (2 * longest))
    return values[::step, ::step] if step > 1 else values


def coloured(values: Values, contrast: Contrast, colormap: ColorMap) -> Pixels:
    """Return the picture of a plane: rows, columns, red green blue. What is no number is black."""
    low, high = contrast.limits(values)
    number = values.astype(np.float64)
    # One value everywhere: nothing is drawn darker than anything else.
    share = (number - low) / (high - low) if high > low else (number > low).astype(np.float64)
    place = np.nan_to_num(np.clip(share, 0.0, 1.0), nan=0.0) * 255
    return _table(colormap)[place.astype(np.uint8)]


def _table(colormap: ColorMap) -> Pixels:
    stops = np.array(STOPS[colormap], dtype=np.float64)
    at = np.linspace(0, len(stops) - 1, 256)
    parts = [np.interp(at, np.arange(len(stops)), stops[:, part]) for part in range(3)]
    return np.stack(parts, axis=1).round().astype(np.uint8)


def blended(pictures: Sequence[Pixels]) -> Pixels:
    """Return pictures laid over each other, their light added."""
    total = np.zeros(pictures[0].shape, dtype=np.uint16)
    for one in pictures:
        total += one
    return np.minimum(total, 255).astype(np.uint8)


def encoded(picture: Pixels, kind: str, longest: int | None = None) -> bytes:
    """Return a picture as `png` or `webp`, at most so many pixels long."""
    if 0 in picture.shape:
        raise InvalidInput("There is no position to draw.", field="slice")
    image = Image.fromarray(picture, "RGB")
    if longest is not None and max(image.size) > longest:
        image.thumbnail((longest, longest), Image.Resampling.BOX)
    out = io.BytesIO()
    if kind == "webp":
        image.save(out, "WEBP", quality=80, method=2)
    else:
        image.save(out, "PNG", compress_level=3)
    return out.getvalue()


def raw(values: Values) -> bytes:
    """Return values in the order of their axes, little endian."""
    return np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<")).tobytes()
