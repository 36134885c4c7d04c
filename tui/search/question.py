"""One search as it is asked: about a crop of a photo, or about a product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from tui.search.crop_box import Box
from tui.search.filters import Filters
from tui.search.photo import Photo

if TYPE_CHECKING:
    from lookalike.client import SearchClient
    from lookalike.contract.schemas import ProductReply, RecommendReply, SimilarReply


@dataclass(frozen=True, slots=True)
class PhotoQuestion:
    """What looks like this part of a photo?"""

    photo: Photo
    box: Box
    filters: Filters


@dataclass(frozen=True, slots=True)
class ProductQuestion:
    """What looks like this product?"""

    product: ProductReply
    filters: Filters


Question = PhotoQuestion | ProductQuestion
Answer: TypeAlias = "RecommendReply | SimilarReply"


async def ask(client: SearchClient, question: Question) -> Answer:
    """The service's answer. Raises: LookalikeError."""
    match question:
        case PhotoQuestion(photo, box, filters):
            return await client.recommend(photo.content, filters.for_photo(box))
        case ProductQuestion(product, filters):
            return await client.similar(product.id, filters.for_product())
