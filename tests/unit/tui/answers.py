"""Questions and answers as the service would give them, made by hand."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from PIL import Image

from lookalike.contract.schemas import (
    CategoryReply,
    Hit,
    ProductReply,
    RecommendReply,
    SimilarReply,
    UsedCrop,
)
from lookalike.contract.taxonomy import Category
from tui.search.crop_box import Box
from tui.search.filters import Filters
from tui.search.photo import Photo
from tui.search.question import PhotoQuestion


def photo(width: int = 400, height: int = 300, name: str = "look.jpg") -> Photo:
    """A grey photo of some size."""
    return Photo(Path(name), b"", width, height, Image.new("RGB", (40, 30), "grey"))


def product(product_id: str, price: str = "10", currency: str = "USD") -> ProductReply:
    """A T-shirt."""
    return ProductReply(
        id=product_id,
        title=f"Shirt {product_id}",
        brand="Acme",
        category=Category.T_SHIRT,
        price=Decimal(price),
        currency=currency,
        item_url=f"https://shop.example/{product_id}",
        image_url=None,
        attributes={},
    )


def sold_out_unpriced(product_id: str) -> ProductReply:
    """A T-shirt that can't be bought, whose price nobody said."""
    return product(product_id, "0").model_copy(update={"attributes": {"availability": "SoldOut"}})


def hit(product_id: str, similarity: float = 0.9, price: str = "10", currency: str = "USD") -> Hit:
    """A hit whose match is its similarity."""
    return Hit(
        rank=1,
        similarity=similarity,
        match=max(similarity, 0.0),
        product=product(product_id, price, currency),
    )


def answer(*hits: Hit) -> RecommendReply:
    """An answer with these hits, in this order."""
    return RecommendReply(
        request_id="r",
        hits=[each.model_copy(update={"rank": n}) for n, each in enumerate(hits, start=1)],
        verdict="same",
        searched=[Category.T_SHIRT],
        catalog_version=1,
        model_version="m",
        timings_ms={"total": 5.0},
        category=CategoryReply(name=Category.T_SHIRT, confidence=0.9, alternatives=[]),
        crop=UsedCrop(x=0, y=0, width=10, height=10),
    )


def likes(of: ProductReply, *hits: Hit) -> SimilarReply:
    """An answer about a product, with these hits, in this order."""
    told = answer(*hits).model_dump(exclude={"category", "crop"})
    return SimilarReply(**told, product=of)


def question(filters: Filters | None = None, of: Photo | None = None) -> PhotoQuestion:
    """A question about a photo's upper left corner."""
    return PhotoQuestion(of or photo(), Box(0, 0, 100, 100), filters or Filters())
