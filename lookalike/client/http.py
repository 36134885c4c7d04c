"""The client over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import copy
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from lookalike.client.address import checked
from lookalike.client.http_connections import PROXIES, goes_by_proxy, http_connections
from lookalike.client.product_address import product_path
from lookalike.client.unreachable import UnreachableError, is_of_tls, what_broke
from lookalike.contract import schemas
from lookalike.contract.addresses import DEFAULT_URL as DEFAULT_URL
from lookalike.contract.credentials import bearer, key_alone
from lookalike.contract.errors import (
    BadRequestError,
    DeadlineError,
    ImageTooLargeError,
    InternalError,
    LookalikeError,
    OverloadedError,
    UnavailableError,
    error_from_wire,
)
from lookalike.contract.listing import (
    DeleteProductReply,
    PutProductParams,
    PutProductReply,
    new_product_id,
    with_unknown_end,
)
from lookalike.contract.subjects import RETRY_AFTER_HEADER, without_login
from lookalike.telemetry.origin import current_origin

_GRACE_S: Final = 2.0
"""How much longer than the service's own deadline to wait for its answer."""

_OF_A_PROXY: Final = frozenset({500, 502, 503, 504})
"""What a proxy says in words of its own while there is nobody behind it.

Ray Serve's says 500 in place of the others. Source: `ray.serve._private.haproxy_templates`, Ray
2.60.
"""

_BODY_TOO_LARGE: Final = 413
_ADDRESS_TOO_LONG: Final = 414
_TOO_MANY: Final = 429

_NO_ROUTE_YET: Final = "/-/routes for available routes"
"""Of what Ray Serve's proxy says with 404 until an application has come up behind it.

Source: `ray.serve._private.haproxy_templates`, Ray 2.60.
"""

_CHANGES: Final = frozenset({"PUT", "DELETE"})
_NEVER_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
"""Whatever else fails may fail after the service has had the request, or a part of it."""

R = TypeVar("R", bound=BaseModel)


class HttpSearchClient:
    """`SearchClient` over HTTP; use it as an async context manager."""

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        deadline_s: float = 10.0,
        api_key: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """`deadline_s` and `api_key` go with each request; `transport` stands in for the network.

        Raises: UnauthorizedError for what can't be a key, UnavailableError for what is no address,
            or for proxies and certificates of the environment that can't be used.
        """
        self._deadline_s = deadline_s
        self._shown = without_login(checked(url))
        # A login in the address is httpx's to send, in the header that a key would have.
        self._key_header = key_alone if httpx.URL(url).userinfo else bearer
        self._authorization = self._key_header(api_key)
        self._by_proxy = transport is None and goes_by_proxy(url)
        self._http = http_connections(url, transport)

    def within(self, deadline_s: float) -> Self:
        """This client, on the same connections, with another deadline for each request."""
        other = copy.copy(self)
        other._deadline_s = deadline_s
        return other

    def with_key(self, api_key: str | None) -> Self:
        """This client, on the same connections, with another key. Raises: UnauthorizedError."""
        other = copy.copy(self)
        other._authorization = self._key_header(api_key)
        return other

    async def recommend(
        self, photo: bytes, params: schemas.RecommendParams | None = None
    ) -> schemas.RecommendReply:
        """The products most like what lies in the crop of a photo."""
        return await self._upload("/v1/recommend", photo, params, schemas.RecommendReply)

    async def classify(
        self, photo: bytes, params: schemas.ClassifyParams | None = None
    ) -> schemas.ClassifyReply:
        """The category of what lies in the crop of a photo."""
        return await self._upload("/v1/classify", photo, params, schemas.ClassifyReply)

    async def crops(self, photo: bytes) -> schemas.CropsReply:
        """Suggested crop boxes."""
        return await self._upload("/v1/crops", photo, None, schemas.CropsReply)

    async def product(self, product_id: str) -> schemas.ProductReply:
        """One product."""
        return await self._get(product_path(product_id), schemas.ProductReply)

    async def similar(
        self, product_id: str, params: schemas.SearchParams | None = None
    ) -> schemas.SimilarReply:
        """The products most like one of the catalogue.

        Raises: BadRequestError for lists that no address holds, before anything is sent.
        """
        query = (params or schemas.SearchParams()).model_dump(
            mode="json", exclude_none=True, exclude_defaults=True
        )
        path = f"{product_path(product_id)}/similar"
        _check_address(path, query)
        return await self._get(path, schemas.SimilarReply, query)

    async def put_product(
        self, product_id: str, params: PutProductParams, picture: bytes | None = None
    ) -> PutProductReply:
        """List a product or replace it; without a picture it keeps the one that it has."""
        path = product_path(new_product_id(product_id))
        # A part without a file name is a form field; as a part the form is multipart either way.
        parts: dict[str, tuple[str | None, bytes]] = {
            "params": (None, params.model_dump_json(exclude_unset=True).encode())
        }
        if picture is not None:
            parts["image"] = ("photo", picture)
        request = self._request("PUT", path, files=parts)
        return await self._send(request, PutProductReply)

    async def delete_product(self, product_id: str) -> DeleteProductReply:
        """Remove a product."""
        request = self._request("DELETE", product_path(product_id))
        return await self._send(request, DeleteProductReply)

    async def ready(self) -> schemas.ReadyReply:
        """Whether every stage answers."""
        return await self._get("/readyz", schemas.ReadyReply)

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.__aexit__(kind, error, trace)

    async def _upload(
        self, path: str, photo: bytes, params: BaseModel | None, reply_type: type[R]
    ) -> R:
        form = {} if params is None else {"params": params.model_dump_json(exclude_unset=True)}
        request = self._request("POST", path, files={"image": ("photo", photo)}, data=form)
        return await self._send(request, reply_type)

    async def _get(
        self, path: str, reply_type: type[R], query: dict[str, object] | None = None
    ) -> R:
        return await self._send(self._request("GET", path, params=query or {}), reply_type)

    def _request(self, method: str, path: str, **content: Any) -> httpx.Request:
        return self._http.build_request(
            method,
            path,
            headers={
                schemas.DEADLINE_HEADER: f"{self._deadline_s:g}",
                **self._authorization,
                **_of_the_origin(),
            },
            **content,
        )

    async def _send(self, request: httpx.Request, reply_type: type[R]) -> R:
        changes = request.method in _CHANGES
        try:
            async with asyncio.timeout(self._deadline_s + _GRACE_S):
                response = await self._http.send(request)
        except TimeoutError:
            late = DeadlineError(f"no answer within {self._deadline_s:g} s")
            raise (with_unknown_end(late) if changes else late) from None
        except _NEVER_SENT as error:
            raise self._unreachable(error) from None
        except httpx.RequestError as error:
            broke = UnavailableError(
                f"the service at {self._shown} gave no answer: {what_broke(error)}"
            )
            raise (with_unknown_end(broke) if changes else broke) from None
        try:
            if response.is_success:
                return reply_type.model_validate_json(response.content)
            failed = schemas.ErrorReply.model_validate_json(response.content).error
        except ValidationError:
            raise self._not_the_services(response, changes) from None
        again = response.headers.get(RETRY_AFTER_HEADER)
        raise error_from_wire(
            failed.code, response.status_code, failed.message, again, failed.request_id
        )

    def _unreachable(self, error: httpx.TransportError) -> UnavailableError:
        """What it says of the service that no connection came about."""
        nobody = isinstance(error, httpx.ConnectError) and not is_of_tls(error)
        if nobody and self._by_proxy:
            return UnavailableError(
                f"the proxy on the way to {self._shown}, which the environment names "
                f"({PROXIES}), can't be reached: {what_broke(error)}"
            )
        kind = UnreachableError if nobody else UnavailableError
        return kind(f"the service at {self._shown} can't be reached: {what_broke(error)}")

    def _not_the_services(self, response: httpx.Response, changes: bool) -> LookalikeError:
        """What an answer means that the service itself did not give."""
        if response.has_redirect_location:
            return UnavailableError(
                f"the service at {self._shown} sends its callers elsewhere, to "
                f"{_shown(response.headers['location'])}; give that address"
            )
        if response.status_code == _ADDRESS_TOO_LONG:
            return BadRequestError(
                f"the address is longer than what stands before the service at {self._shown} takes"
            )
        if response.status_code == _BODY_TOO_LARGE:
            return ImageTooLargeError(
                f"the picture is larger than what stands before the service at {self._shown} takes"
            )
        if response.status_code == _TOO_MANY:
            busy = f"what stands before the service at {self._shown} lets no more requests through"
            return error_from_wire(
                OverloadedError.code,
                _TOO_MANY,
                f"{busy} for now; try again",
                response.headers.get(RETRY_AFTER_HEADER),
            )
        error: LookalikeError
        if _NO_ROUTE_YET in response.text or response.status_code in _OF_A_PROXY:
            error = UnavailableError(
                f"the service behind {self._shown} is down or starting "
                f"(status {response.status_code}); try again in a moment"
            )
        else:
            error = InternalError(
                f"what answers at {self._shown} is no lookalike service of this version "
                f"(status {response.status_code})"
            )
        refused = response.is_client_error  # before the service had it
        return with_unknown_end(error) if changes and not refused else error


def _check_address(path: str, query: Mapping[str, Any]) -> None:
    """Raises: BadRequestError where the lists of a search make its address too long."""
    chars = len(path) + len("?") + len(str(httpx.QueryParams(query)))
    if chars > schemas.MAX_ADDRESS_CHARS:
        raise BadRequestError(
            f"exclude, brands: over HTTP they stand in the address, which would have {chars:,} "
            f"characters and may have {schemas.MAX_ADDRESS_CHARS:,}; name fewer, or ask over NATS "
            "a worker without --http-url"
        )


def _shown(location: str) -> str:
    """Where a service sends its callers, without a login."""
    with contextlib.suppress(httpx.InvalidURL):
        return str(httpx.URL(location).copy_with(userinfo=b""))
    return "an address that is none"


def _of_the_origin() -> dict[str, str]:
    """Who asks on behalf of a request hands its id on, and its trace."""
    origin = current_origin()
    if origin is None:
        return {}
    trace = {} if origin.traceparent is None else {"traceparent": origin.traceparent}
    return {schemas.REQUEST_ID_HEADER: origin.request_id, **trace}
