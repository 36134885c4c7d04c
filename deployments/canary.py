"""A drawn picture that readiness sends through all stages."""

from __future__ import annotations

import io
from functools import cache

from PIL import Image, ImageDraw

_SIDE_PX = 96


@cache
def canary_photo() -> bytes:
    """A small JPEG of a plain dark shirt shape on white."""
    photo = Image.new("RGB", (_SIDE_PX, _SIDE_PX), "white")
    shirt = [(30, 14), (66, 14), (90, 34), (80, 48), (70, 40), (70, 86), (26, 86), (26, 40)]
    ImageDraw.Draw(photo).polygon([*shirt, (16, 48), (6, 34)], fill=(40, 60, 110))
    encoded = io.BytesIO()
    photo.save(encoded, "JPEG", quality=90)
    return encoded.getvalue()
