"""Colour maps: the stops between which a picture's colours are drawn."""

from __future__ import annotations

from mikro_server.domain.kinds import ColorMap

Colour = tuple[int, int, int]


def _stops(text: str) -> list[Colour]:
    return [(int(one[:2], 16), int(one[2:4], 16), int(one[4:], 16)) for one in text.split()]


#: Evenly spaced stops from the lowest to the highest value, as RRGGBB.
STOPS: dict[ColorMap, list[Colour]] = {
    name: _stops(text)
    for name, text in {
        ColorMap.VIRIDIS: "440154 482878 3e4989 31688e 26828e 1f9e89 35b779 6ece58 b5de2b fde725",
        ColorMap.PLASMA: "0d0887 46039f 7201a8 9c179e bd3786 d8576b ed7953 fb9f3a fdca26 f0f921",
        ColorMap.INFERNO: "000004 1b0c41 4a0c6b 781c6d a52c60 cf4446 ed6925 fb9b06 f7d13d fcffa4",
        ColorMap.MAGMA: "000004 180f3d 440f76 721f81 9e2f7f cd4071 f1605d fd9668 feca8d fcfdbf",
        ColorMap.RED: "000000 ff0000",
        ColorMap.GREEN: "000000 00ff00",
        ColorMap.BLUE: "000000 0000ff",
        ColorMap.INTENSITY: "000000 ffffff",
        ColorMap.CYAN: "000000 00ffff",
        ColorMap.MAGENTA: "000000 ff00ff",
        ColorMap.YELLOW: "000000 ffff00",
        ColorMap.BLACK: "ffffff 000000",
        ColorMap.WHITE: "000000 ffffff",
        ColorMap.ORANGE: "000000 ff8000",
        ColorMap.PURPLE: "000000 8000ff",
        ColorMap.PINK: "000000 ff69b4",
        ColorMap.BROWN: "000000 a05a2c",
        ColorMap.GREY: "000000 ffffff",
        ColorMap.RAINBOW: "6e40aa 417de0 1ac7c2 40f373 aff05b ff9633 ff5e63 bf3caf",
        ColorMap.SPECTRAL: "5e4fa2 3288bd 66c2a5 abdda4 e6f598 fee08b fdae61 f46d43 d53e4f 9e0142",
        ColorMap.COOL: "00ffff ff00ff",
        ColorMap.WARM: "ff0000 ffff00",
        ColorMap.HUES: "ff0000 ffff00 00ff00 00ffff 0000ff ff00ff ff0000",
        ColorMap.DISTINCT: "1f77b4 ff7f0e 2ca02c d62728 9467bd 8c564b e377c2 7f7f7f bcbd22 17becf",
        ColorMap.PASTEL: "aec7e8 ffbb78 98df8a ff9896 c5b0d5 c49c94 f7b6d2 c7c7c7 dbdb8d 9edae5",
        ColorMap.VIVID: "0040ff 00c8ff 00ff6a e1ff00 ff9d00 ff0033",
    }.items()
}

#: Of several channels in one picture, in their order.
_CHANNELS = (
    ColorMap.GREEN,
    ColorMap.MAGENTA,
    ColorMap.CYAN,
    ColorMap.YELLOW,
    ColorMap.RED,
    ColorMap.BLUE,
)
_PRIMARIES = (ColorMap.RED, ColorMap.GREEN, ColorMap.BLUE)
MOST_CHANNELS = len(_CHANNELS)


def channel_maps(channels: int) -> tuple[ColorMap, ...]:
    """Return a colour map for each channel that is shown; three are taken for red, green, blue."""
    if channels <= 1:
        return (ColorMap.GREY,)
    return _PRIMARIES if channels == len(_PRIMARIES) else _CHANNELS[:channels]
