"""Embedded colour profiles: what a picture's numbers mean, brought to sRGB.

A picture whose `info` has an `icc_profile` is in that profile's colours; one without is sRGB.
Needs Pillow with LittleCMS; where that was built without, profiles are ignored.
"""

from __future__ import annotations

import functools
import io
import itertools
from typing import TYPE_CHECKING, Final, Literal

from PIL import Image, ImageChops

if TYPE_CHECKING:
    from PIL.ImageCms import ImageCmsTransform

ProfileMode = Literal["L", "RGB", "CMYK"]
"""Modes of pictures that a profile may speak of."""

PROFILE: Final = "icc_profile"
"""Where Pillow's pictures have it in their `info`."""

MAX_PROFILE_BYTES: Final = 4 << 20
"""Larger ones are ignored. Those of screens have some 0.5 to 3 kB, those of presses up to 2 MB."""

_KEPT_TRANSFORMS: Final = 8
_MODES: Final[dict[bytes, ProfileMode]] = {b"RGB ": "RGB", b"GRAY": "L", b"CMYK": "CMYK"}
_DEVICE_CLASSES: Final = frozenset({b"scnr", b"mntr", b"prtr", b"spac"})
_CONNECTION_SPACES: Final = frozenset({b"XYZ ", b"Lab "})
"""Source: ICC.1:2022, 7.2."""

_CHAINED_ELEMENTS: Final = b"mpet"
"""Any number of steps may share one step's bytes: 320 kB of them took LittleCMS 10 s to read."""

_SRGB_WITHIN: Final = 3
"""A profile that moves no colour by more levels is sRGB: there are dozens of editions of it."""


def profile_mode(picture: Image.Image) -> ProfileMode | None:
    """The mode that a picture has to be in for its profile to be applied.

    None where there is no profile or none of use: it is sRGB's, broken, too large, or speaks of
    another kind of picture.
    """
    mode = _own_mode(picture.mode)
    return None if _to_srgb(picture.info.get(PROFILE), mode) is None else mode


def in_srgb(picture: Image.Image) -> Image.Image:
    """A picture of mode RGB, L or CMYK as sRGB in mode RGB; itself where it is that already."""
    transform = _to_srgb(picture.info.get(PROFILE), _own_mode(picture.mode))
    if transform is None:
        return picture if picture.mode == "RGB" else picture.convert("RGB")
    converted = transform.apply(picture)
    del converted.info[PROFILE]
    return converted


def _own_mode(mode: str) -> ProfileMode:
    if mode == "CMYK":
        return "CMYK"
    return "L" if Image.getmodebase(mode) == "L" else "RGB"


def _to_srgb(profile: object, mode: ProfileMode) -> ImageCmsTransform | None:
    """What brings a mode's pictures to sRGB; None where nothing does or needs to."""
    if not isinstance(profile, bytes) or not _is_of_use(profile, mode):
        return None
    return _transform(profile, mode)


def _is_of_use(profile: bytes, mode: ProfileMode) -> bool:
    return (
        len(profile) <= MAX_PROFILE_BYTES
        and profile[36:40] == b"acsp"
        and profile[12:16] in _DEVICE_CLASSES
        and _MODES.get(profile[16:20]) == mode
        and profile[20:24] in _CONNECTION_SPACES
        and _CHAINED_ELEMENTS not in profile
    )


@functools.lru_cache(_KEPT_TRANSFORMS)
def _transform(profile: bytes, mode: ProfileMode) -> ImageCmsTransform | None:
    """Made in 5 to 30 ms, so the last few are kept: most photos share their profile with others."""
    try:
        from PIL import ImageCms  # here: most pictures have no profile, and a terminal no time

        transform = ImageCms.ImageCmsTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")),
            mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        return None if _changes_nothing(transform, mode) else transform
    except Exception:  # hostile bytes; or a Pillow without LittleCMS
        return None


def _changes_nothing(transform: ImageCmsTransform, mode: ProfileMode) -> bool:
    if mode == "CMYK":
        return False
    if mode == "L":
        colours = Image.frombytes("L", (256, 1), bytes(range(256)))
    else:
        cube = itertools.product(range(0, 256, 51), repeat=3)
        colours = Image.frombytes("RGB", (216, 1), bytes(itertools.chain.from_iterable(cube)))
    moved = ImageChops.difference(colours.convert("RGB"), transform.apply(colours))
    return max(itertools.chain.from_iterable(_extrema(moved))) <= _SRGB_WITHIN


def _extrema(picture: Image.Image) -> list[tuple[int, int]]:
    return [band.getextrema() for band in picture.split()]  # type: ignore[misc]
