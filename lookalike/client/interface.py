"""What a client can ask the service, whatever carries the question."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from lookalike.contract import schemas
from lookalike.contract.listing import DeleteProductReply, PutProductParams, PutProductReply


class SearchClient(Protocol):
    """Typed requests to a lookalike service.

    Every method raises the LookalikeError that the service answered with; DeadlineError when no
    answer came in time, UnavailableError when the service can't be reached.
    """

    async def recommend(
        self, photo: bytes, params: schemas.RecommendParams | None = None
    ) -> schemas.RecommendReply:
        """The products most like what lies in the crop of a photo."""
        ...

    async def classify(
        self, photo: bytes, params: schemas.ClassifyParams | None = None
    ) -> schemas.ClassifyReply:
        """The category of what lies in the crop of a photo."""
        ...

    async def crops(self, photo: bytes) -> schemas.CropsReply:
        """Suggested crop boxes."""
        ...

    async def product(self, product_id: str) -> schemas.ProductReply:
        """One product."""
        ...

    async def similar(
        self, product_id: str, params: schemas.SearchParams | None = None
    ) -> schemas.SimilarReply:
        """The products most like one of the catalogue."""
        ...

    def within(self, deadline_s: float) -> Self:
        """This client, on the same connection, with another deadline for each request."""
        ...

    async def ready(self) -> schemas.ReadyReply:
        """Whether every stage answers."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class CatalogClient(Protocol):
    """Typed changes of the catalogue; errors as in `SearchClient`, and each is sent once."""

    async def put_product(
        self, product_id: str, params: PutProductParams, picture: bytes | None = None
    ) -> PutProductReply:
        """List a product or replace it; without a picture it keeps the one that it has.

        After a DeadlineError it may or may not be stored: sending it again is safe.
        """
        ...

    async def delete_product(self, product_id: str) -> DeleteProductReply:
        """Remove a product; after a DeadlineError it may or may not be gone."""
        ...
