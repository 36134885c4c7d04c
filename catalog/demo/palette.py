"""Named colours of cloth, as RGB in 0..1."""

from __future__ import annotations

from typing import Final

RGB = tuple[float, float, float]


def _rgb(hex_code: str) -> RGB:
    r, g, b = (int(hex_code[i : i + 2], 16) / 255.0 for i in (0, 2, 4))
    return (r, g, b)


_DYES: Final = (
    "black 1d1d20 white f3f2ee navy 1f2b4d grey 9a9da2 red b4232f beige cdb797 olive 5d6239 "
    "sky 9bc0e3 burgundy 651c2c charcoal 42454b pink e7a7b3 forest 24502f rust ad532c "
    "royal-blue 2650a8 mustard d5a32c lilac b6a1d2 brown 68452f mint a6d6bf teal 1e6d72 "
    "terracotta c8765a ecru e9e0cd coral ee7a68 sage 9bab88 plum 5b3460 yellow f0d65a "
    "camel bb8e56 fuchsia c42f78 orange e27a2e petrol 2f4f60 powder-blue c5d5e6 emerald 1d7a55"
)
_WASHES: Final = (
    "indigo 2d4064 mid-blue 4b6c9c light-wash 8eabcb black-denim 2e2f35 bleached b9cadb "
    "grey-wash 7b8088 dark-rinse 1f2840 ecru-denim e4dbc8"
)


def _table(text: str) -> dict[str, RGB]:
    words = text.split()
    return {name: _rgb(code) for name, code in zip(words[::2], words[1::2], strict=True)}


DYES: Final[dict[str, RGB]] = _table(_DYES)
"""Colours of ordinary cloth."""

WASHES: Final[dict[str, RGB]] = _table(_WASHES)
"""Colours of denim."""

_LEATHERS: Final = (
    "black white brown navy camel red grey beige olive burgundy pink charcoal sky forest ecru "
    "royal-blue mustard rust teal emerald lilac orange"
)
_SOBER: Final = (
    "black white navy grey beige olive sky burgundy charcoal forest rust royal-blue mustard brown "
    "teal ecru sage plum camel petrol powder-blue red emerald pink"
)
LEATHERS: Final = tuple(_LEATHERS.split())
"""Dyes that shoes come in."""

SOBER: Final = tuple(_SOBER.split())
"""Dyes of shirts, hoodies, trousers and coats."""


def luminance(colour: RGB) -> float:
    """Relative brightness 0..1 of a gamma-coded colour, by the Rec. 601 weights.

    Source: ITU-R BT.601, section 2.5.1.
    """
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]


def mixed(one: RGB, other: RGB, share: float) -> RGB:
    """The colour at `share` (0..1) of the way from one to the other."""
    r, g, b = (a + (c - a) * share for a, c in zip(one, other, strict=True))
    return (r, g, b)


def contrasting(colour: RGB, choices: tuple[str, ...]) -> RGB:
    """The first choice that stands out from a colour by at least 0.28 of brightness or hue."""
    for name in choices:
        other = DYES[name]
        if max(abs(a - b) for a, b in zip(colour, other, strict=True)) > 0.28:
            return other
    return DYES[choices[0]]
