"""A backend in this process: the recommender that HTTP asks too, and the catalogue's writer."""

from __future__ import annotations

from deployments.settings import GatewayArgs
from lookalike.catalog_writer import CatalogWriter
from lookalike.contract.errors import ForbiddenError
from lookalike.contract.listing import DeleteProductReply, PutProductParams, PutProductReply
from lookalike.recommender import Recommender


class LocalBackend:
    """Hands reading requests to the recommender as they are, and changes to the writer."""

    def __init__(
        self, recommender: Recommender, args: GatewayArgs, writer: CatalogWriter | None = None
    ) -> None:
        """`writer` None: changes are refused."""
        self._args = args
        self._writer = writer
        self.recommend = recommender.recommend
        self.classify = recommender.classify
        self.crops = recommender.crops
        self.product = recommender.product
        self.similar = recommender.similar

    async def let_in(self) -> None:
        """The door's own gate has."""

    async def put_product(
        self,
        product_id: str,
        params: PutProductParams,
        picture: bytes | None,
        request_id: str,
    ) -> PutProductReply:
        """List a product. Raises: ForbiddenError, as `CatalogWriter.put`."""
        return await self._open_writer().put(product_id, params, picture, request_id)

    async def delete_product(self, product_id: str, request_id: str) -> DeleteProductReply:
        """Remove one. Raises: ForbiddenError, as `CatalogWriter.delete`."""
        return await self._open_writer().delete(product_id, request_id)

    def _open_writer(self) -> CatalogWriter:
        if self._writer is None or not self._args.writes:
            raise ForbiddenError("this service takes no changes of its catalogue")
        return self._writer
