"""Products, features and pictures for the catalogue's tests."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from lookalike.contract.taxonomy import CATEGORIES, Category
from lookalike.products import Product
from lookalike.search import FEATURE_DIM

MODEL = "model-1"
PICTURE = "a" * 64 + ".jpg"
"""The picture of every product that names no other."""

_PLAIN = Product(
    id="p",
    title="Plain tee",
    brand="Basics & Söhne",
    category=Category.T_SHIRT,
    price_minor=1999,
    currency="EUR",
    item_url="https://shop.example/p",
    image_key=PICTURE,
    attributes={"fit": "slim"},
)


def product(product_id: str = "p", **changed: Any) -> Product:
    """A product with a picture's key, but for what is `changed`."""
    return replace(_PLAIN, id=product_id, **changed)


def products(count: int) -> list[Product]:
    """Products p0 … of all categories in turn."""
    return [product(f"p{i}", category=CATEGORIES[i % len(CATEGORIES)]) for i in range(count)]


def unit_features(seed: int) -> npt.NDArray[np.float32]:
    """(512,) float32, L2-normalised."""
    vector = np.random.default_rng(seed).standard_normal(FEATURE_DIM).astype(np.float32)
    unit: npt.NDArray[np.float32] = vector / np.linalg.norm(vector)
    return unit


def picture(shade: int = 128, picture_format: str = "PNG") -> bytes:
    """An encoded grey picture of 16 x 16 pixels."""
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16), (shade, shade, shade)).save(buffer, picture_format)
    return buffer.getvalue()
