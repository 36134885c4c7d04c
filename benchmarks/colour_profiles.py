"""Colour profiles made from published numbers, so that none of others' need be kept.

Source: ICC.1:2001-04 (version 2), 6.1 (header), 6.3 (tags), 6.5 (types).
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Mapping, Sequence
from typing import Final

Triple = tuple[float, float, float]

D50: Final = (0.9642, 1.0, 0.8249)
P3: Final = ((0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841))
ADOBE_RGB: Final = ((0.6097, 0.3111, 0.0195), (0.2053, 0.6257, 0.0609), (0.1492, 0.0632, 0.7446))
SRGB: Final = ((0.4360, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141))
"""X, Y and Z of full red, green and blue, seen in D50. Source: Bruce Lindbloom; SMPTE EG 432-1."""

_INKS: Final[dict[str, Triple]] = {
    "": (100, 0, 0),
    "c": (55, -37, -50),
    "m": (48, 74, -3),
    "y": (89, -5, 93),
    "my": (47, 68, 48),
    "cy": (50, -68, 25),
    "cm": (24, 22, -46),
    "cmy": (23, 0, 0),
}
_KEY_INK: Final = (16, 0, 0)
"""L*, a* and b* of solid inks on the paper's white. Source: ISO 12647-2:2004, paper type 1."""


def rgb_profile(primaries: Sequence[Triple], gamma: float) -> bytes:
    """A screen's: full red, green and blue, and a power for all three."""
    tags = {name: _xyz(value) for name, value in zip(_COLORANTS, primaries, strict=True)}
    return packed("RGB ", tags | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), power(gamma)))


def grey_profile(gamma: float) -> bytes:
    """Of pictures without colour."""
    return packed("GRAY", {b"kTRC": power(gamma)})


def cmyk_profile() -> bytes:
    """A press's: a table of the sixteen ways to print its inks in full or not at all."""
    table = b""
    for inks in itertools.product((False, True), repeat=4):
        printed = "".join(name for name, there in zip("cmy", inks, strict=False) if there)
        lightness, a, b = _KEY_INK if inks[3] else _INKS[printed]
        table += bytes((round(lightness * 2.55), round(a + 128), round(b + 128)))
    straight = bytes(range(256))
    identity = struct.pack(">9i", *(65536 if at % 4 == 0 else 0 for at in range(9)))
    head = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + identity
    tags = {b"A2B0": head + straight * 4 + table + straight * 3}
    return packed("CMYK", tags, device="prtr", connection="Lab ")


def packed(
    space: str,
    tags: Mapping[bytes, bytes],
    *,
    device: str = "mntr",
    connection: str = "XYZ ",
    version: int = 2,
) -> bytes:
    """A profile of some tags; a description, a white point and a right header are added."""
    name = space.encode() + b"made for a test"
    described = b"desc\0\0\0\0" + struct.pack(">I", len(name) + 1) + name + bytes(79)
    table, body = b"", b""
    whole = {b"desc": described, b"wtpt": _xyz(D50), **tags}
    start = 132 + 12 * len(whole)
    for tag, content in whole.items():
        table += tag + struct.pack(">II", start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    kinds = (device + space + connection).encode()
    header = struct.pack(">I4xI", start + len(body), version << 24) + kinds
    header += bytes(12) + b"acsp" + bytes(28) + _xyz(D50)[8:]
    return header.ljust(128, b"\0") + struct.pack(">I", len(whole)) + table + body


def power(gamma: float) -> bytes:
    """A curve's tag."""
    return b"curv\0\0\0\0" + struct.pack(">IHxx", 1, round(gamma * 256))


def _xyz(value: Triple) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(part * 65536) for part in value))


_COLORANTS: Final = (b"rXYZ", b"gXYZ", b"bXYZ")
