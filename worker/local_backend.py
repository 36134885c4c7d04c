"""A backend in this process: the recommender that HTTP asks too, and the catalogue's writer."""

from __future__ import annotations

from deployments.settings import GatewayArgs
from deployments.write_gate import check_may_write
from lookalike.catalog_writer import CatalogWriter
from lookalike.contract.errors import ForbiddenError
from lookalike.contract.listing import DeleteProductReply, PutProductParams, PutProductReply
from lookalike.recommender import Recommender


class LocalBackend:
    """Hands reading requests to the recommender as they are; lets changes through by the gate."""

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

    async def put_product(
        self,
        product_id: str,
        params: PutProductParams,
        picture: bytes | None,
        request_id: str,
        authorization: str,
    ) -> PutProductReply:
        """List a product. Raises: UnauthorizedError, ForbiddenError, as `CatalogWriter.put`."""
        writer = self._writer_for(authorization)
        return await writer.put(product_id, params, picture, request_id)

    async def delete_product(
        self, product_id: str, request_id: str, authorization: str
    ) -> DeleteProductReply:
        """Remove one. Raises: UnauthorizedError, ForbiddenError, as `CatalogWriter.delete`."""
        return await self._writer_for(authorization).delete(product_id, request_id)

    def _writer_for(self, authorization: str) -> CatalogWriter:
        check_may_write(authorization.encode(), self._args)
        if self._writer is None:
            raise ForbiddenError("this service takes no changes of its catalogue")
        return self._writer
