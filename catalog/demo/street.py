"""Street photos: a look of the catalogue again, hung or laid in a scene under other light."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from catalog.demo.garment import Cloth, Part
from catalog.demo.listings import design_of, listings_of
from catalog.demo.looks import Look
from catalog.demo.outlines import smooth, tube
from catalog.demo.painting import Painted, paint
from catalog.demo.placement import Pose
from catalog.demo.scenes import scene
from catalog.demo.shading import Light, blurred
from catalog.demo.silhouettes import silhouette
from catalog.demo.studio import dyed, to_image
from lookalike.contract.taxonomy import Category

Field = NDArray[np.float32]
SIZE_PX: Final = (600, 800)
"""Width and height of a street photo."""

_SUBJECTS: Final = tuple(
    Category(c)
    for c in [
        "dress",
        "hoodie",
        "shoes",
        "shirt",
        "skirt",
        "hat",
        "pants",
        "t-shirt",
        "outerwear",
        "shorts",
        "polo",
        "longsleeve",
        "undershirt",
    ]
)
_HUNG: Final = ("plaster", "brick", "street", "foliage", "room")
_ON_HANGERS: Final = (
    Category.SHIRT,
    Category.T_SHIRT,
    Category.POLO,
    Category.LONGSLEEVE,
    Category.UNDERSHIRT,
    Category.OUTERWEAR,
    Category.DRESS,
)
_LAID: Final = ("pavement", "boards", "concrete")


@dataclass(frozen=True, slots=True)
class StreetPhoto:
    """A query: a photo (600 x 800 RGB) with a loose crop box (x, y, width, height) in px.

    `listing_ids` are the products that show the same look and so are the right answers.
    """

    look_id: str
    listing_ids: tuple[str, ...]
    category: Category
    crop: tuple[int, int, int, int]
    image: Image.Image


def draw_street_photos(seed: int = 7, count: int = 10) -> list[StreetPhoto]:
    """Street photos of looks in the catalogue of that seed, a category each in turn.

    The first 13 show looks of their category's first eight listings, so a catalogue of eight or
    more each holds all their answers; every further round of 13 moves on by eight listings.
    """
    return [street_photo(seed, number) for number in range(count)]


def street_photo(seed: int, number: int) -> StreetPhoto:
    """The street photo of that number, the same for a seed however many are drawn."""
    turn, at = divmod(number, len(_SUBJECTS))
    category = _SUBJECTS[at]
    rng = np.random.default_rng([seed, 97, number])
    design, _ = design_of(seed, category, (int(rng.choice((0, 3, 5))) + 8 * turn) % 40)
    image, crop = _photographed(design, rng)
    return StreetPhoto(design.id, listings_of(seed, design), category, crop, image)


def _photographed(
    look: Look, rng: np.random.Generator
) -> tuple[Image.Image, tuple[int, int, int, int]]:
    w, h = SIZE_PX
    low = look.category in (Category.SHOES, Category.HAT)
    names = _LAID if low or rng.random() < 0.35 else _HUNG
    light = Light(
        float(rng.uniform(-0.8, 0.8)), float(rng.uniform(-0.9, -0.5)), float(rng.uniform(1.0, 1.3))
    )
    side = 640 if look.category in (Category.DRESS, Category.PANTS) else 560
    pose = Pose(side, 0.9, float(rng.uniform(-7, 7)), float(rng.uniform(0.6, 1.1)))
    parts = silhouette(look.category, look.cut)
    if names is _HUNG and look.category in _ON_HANGERS:
        parts = [_hook(), *parts]
    worn = paint(parts, dyed(look, rng), pose, light, rng)
    worn = _tilted(worn, rng)
    left = (w - side) // 2 + int(rng.uniform(-14, 14))
    top = (h - side) // 2 + int(rng.uniform(-30, 30))
    colour = _placed(worn.colour, left, top)
    cover = _placed(worn.cover[..., None], left, top)[..., 0]
    picture = scene(str(rng.choice(names)), SIZE_PX, rng)
    picture *= 1.0 - _cast_shadow(cover, light, 4.0 if names is _LAID else 12.0)[..., None]
    picture = picture * (1 - cover[..., None]) + colour
    return _developed(picture, rng), _loose_box(cover, rng)


def _hook() -> Part:
    """The hook of the hanger that a top hangs from."""
    wire = smooth((0.0, 4.0), (0.0, -4.4), (0.5, -5.6), (2.0, -7.2), (1.0, -9.4), (-1.6, -8.4))
    return Part(tube(wire, (0.6, 0.6)), Cloth.METAL, puff_cm=0.3, drop_cm=0.2)


def _tilted(worn: Painted, rng: np.random.Generator) -> Painted:
    """The garment seen a little from the side and from above or below."""
    n = worn.cover.shape[0]
    corners = np.array([(0, 0), (n, 0), (n, n), (0, n)], np.float64)
    squeeze = np.array([1.0 - rng.uniform(0.0, 0.08), 1.0 - rng.uniform(0.0, 0.05)])
    moved = (corners - n / 2) * squeeze + n / 2 + rng.uniform(-0.035, 0.035, (4, 2)) * n
    coefficients = _perspective(moved, corners)

    def warp(channel: Field) -> Field:
        image = Image.fromarray(np.ascontiguousarray(channel, dtype=np.float32))
        turned = image.transform(
            (n, n), Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BICUBIC
        )
        return np.clip(np.asarray(turned, np.float32), 0, 1)

    colour = np.stack([warp(worn.colour[..., k]) for k in range(3)], axis=-1)
    return Painted(colour, warp(worn.cover))


def _perspective(seen: NDArray[np.float64], flat: NDArray[np.float64]) -> tuple[float, ...]:
    """The eight coefficients that send seen corners (4, 2) to flat ones.

    Source: direct linear transform, Hartley and Zisserman, Multiple View Geometry, section 4.1.
    """
    rows, values = [], []
    for (x, y), (u, v) in zip(seen, flat, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return tuple(float(c) for c in np.linalg.solve(np.array(rows), np.array(values)))


def _placed(layer: Field, left: int, top: int) -> Field:
    """A square layer (n, n, c) put at (left, top) of an empty photo (800, 600, c)."""
    w, h = SIZE_PX
    n = layer.shape[0]
    out = np.zeros((h, w, layer.shape[2]), np.float32)
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + n, w), min(top + n, h)
    out[y0:y1, x0:x1] = layer[y0 - top : y1 - top, x0 - left : x1 - left]
    return out


def _cast_shadow(cover: Field, light: Light, reach_px: float) -> Field:
    shift = (round(-light.y * reach_px * 2), round(-light.x * reach_px * 2))
    far = np.roll(blurred(cover, reach_px), shift, axis=(0, 1))
    near = blurred(cover, 4.0)
    shadow: Field = 0.34 * far + 0.18 * near
    return shadow


def _developed(picture: Field, rng: np.random.Generator) -> Image.Image:
    """What a phone makes of it: white balance, falling light, noise, slight blur, JPEG."""
    h, w = picture.shape[:2]
    warmth = rng.uniform(-0.05, 0.06)
    balance = np.array([1 + warmth, 1.0, 1 - warmth], np.float32)
    across = np.linspace(-1, 1, w, dtype=np.float32)[None, :] * np.float32(rng.uniform(-0.09, 0.09))
    down = np.linspace(-1, 1, h, dtype=np.float32)[:, None] * np.float32(rng.uniform(-0.09, 0.05))
    exposed = (
        picture * balance * (1.0 + across + down)[..., None] * np.float32(rng.uniform(0.92, 1.04))
    )
    soft = to_image(exposed).filter(ImageFilter.GaussianBlur(float(rng.uniform(0.4, 0.9))))
    noisy = np.asarray(soft, np.float32) / 255 + rng.standard_normal(
        (h, w, 3), dtype=np.float32
    ) * np.float32(0.014)
    stored = io.BytesIO()
    to_image(noisy).save(stored, "JPEG", quality=84)
    with Image.open(stored) as jpeg:
        return jpeg.convert("RGB")


def _loose_box(cover: Field, rng: np.random.Generator) -> tuple[int, int, int, int]:
    """A box around the garment with 4 to 9 % of room on each side, within the photo."""
    rows, cols = np.flatnonzero(cover.max(axis=1) > 0.5), np.flatnonzero(cover.max(axis=0) > 0.5)
    y0, y1, x0, x1 = rows[0], rows[-1] + 1, cols[0], cols[-1] + 1
    room = rng.uniform(0.04, 0.09, 4) * max(x1 - x0, y1 - y0)
    w, h = SIZE_PX
    left, top = max(0, int(x0 - room[0])), max(0, int(y0 - room[1]))
    return left, top, min(w, int(x1 + room[2])) - left, min(h, int(y1 + room[3])) - top
