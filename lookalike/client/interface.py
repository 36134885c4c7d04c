"""What a client can ask the service, whatever carries the question."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from types import TracebackType
from typing import Protocol, Self

from lookalike.contract import schemas
from lookalike.contract.jobs import JobReply, SubmitReply
from lookalike.contract.listing import DeleteProductReply, PutProductParams, PutProductReply


class SearchClient(Protocol):
    """Typed requests to a lookalike service.

    Every method raises the LookalikeError that the service answered with; DeadlineError when no
    answer came in time, UnavailableError when the service can't be reached, UnreachableError of
    these where there is none.
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
        """The products most like one of the catalogue.

        Raises: BadRequestError for more `exclude` and `brands` than an address over HTTP holds,
            `MAX_ADDRESS_CHARS`, before anything is sent.
        """
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


class JobsClient(Protocol):
    """Durable jobs: searches that are stored first and answered later; errors as in `SearchClient`.

    All of it is safe to be asked again: a job's id is the caller's, or made before it is sent.
    """

    async def submit(
        self,
        photo: bytes,
        params: schemas.RecommendParams | None = None,
        job_id: str | None = None,
    ) -> SubmitReply:
        """Store a search of one photo; the same id again is the same job."""
        ...

    async def submit_batch(
        self,
        photos: Mapping[str, bytes],
        params: schemas.RecommendParams | None = None,
        job_id: str | None = None,
    ) -> SubmitReply:
        """Store a search of up to 1,000 photos, by their names."""
        ...

    async def job(self, job_id: str) -> JobReply:
        """A job as it stands. Raises: NotFoundError."""
        ...

    async def cancel(self, job_id: str) -> JobReply:
        """Call a job off, unless it has ended. Raises: NotFoundError."""
        ...

    def ends(self, job_ids: Collection[str]) -> AsyncIterator[JobReply]:
        """The last word on each of these jobs, as they end. Raises: NotFoundError."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class CatalogClient(Protocol):
    """Typed changes of the catalogue; errors as in `SearchClient`, and each is sent once.

    Where no answer came once a change was on its way, nobody knows whether it was made: what is
    raised then (DeadlineError, UnavailableError, or InternalError for an answer that is not the
    service's) says that it may or may not be stored. Sending it again is safe.
    """

    async def put_product(
        self, product_id: str, params: PutProductParams, picture: bytes | None = None
    ) -> PutProductReply:
        """List a product or replace it; without a picture it keeps the one that it has."""
        ...

    async def delete_product(self, product_id: str) -> DeleteProductReply:
        """Remove a product."""
        ...
