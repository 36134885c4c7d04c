"""Every way that a request can fail, as one JSON body."""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lookalike.contract.errors import (
    BadRequestError,
    InternalError,
    LookalikeError,
    MethodNotAllowedError,
    NotFoundError,
    OverloadedError,
    UnauthorizedError,
)
from lookalike.contract.schemas import REQUEST_ID_HEADER
from lookalike.contract.validation import error_reply, request_id_from

RETRY_AFTER_S = 1
_log = logging.getLogger(__name__)


def error_response(error: LookalikeError, request_id: str) -> Response:
    """The answer that an error becomes."""
    headers = {}
    if isinstance(error, OverloadedError):
        headers["Retry-After"] = str(RETRY_AFTER_S)
    if isinstance(error, UnauthorizedError):
        headers["WWW-Authenticate"] = "Bearer"
    return Response(
        error_reply(error, request_id).model_dump_json(),
        status_code=error.http_status,
        headers=headers,
        media_type="application/json",
    )


def request_id_of(request: Request) -> str:
    """The id under which the request is logged and answered."""
    return str(request.state.request_id)


class RequestBoundary:
    """Outermost middleware: gives each request its id, and answers whatever nobody caught."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = request_id_from(Headers(scope=scope).get(REQUEST_ID_HEADER))
        scope.setdefault("state", {})["request_id"] = request_id
        answering = False

        async def send_with_id(message: Message) -> None:
            nonlocal answering
            if message["type"] == "http.response.start":
                answering = True
                MutableHeaders(scope=message)[REQUEST_ID_HEADER] = request_id
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception:
            _log.exception("request %s failed", request_id)
            if answering:
                raise
            failed = error_response(InternalError("something went wrong on our side"), request_id)
            await failed(scope, receive, send_with_id)


def install(api: FastAPI) -> None:
    """Make every failure of `api` an ErrorReply."""

    @api.exception_handler(LookalikeError)
    async def _known(request: Request, error: LookalikeError) -> Response:
        return error_response(error, request_id_of(request))

    @api.exception_handler(RequestValidationError)
    async def _of_the_address(request: Request, error: RequestValidationError) -> Response:
        problem = error.errors()[0]
        field = str(problem["loc"][-1]).removeprefix("product_")
        refused = BadRequestError(f"{field}: {problem['msg']}")
        return error_response(refused, request_id_of(request))

    @api.exception_handler(HTTPException)
    async def _of_the_framework(request: Request, error: HTTPException) -> Response:
        request_id = request_id_of(request)
        if error.status_code == NotFoundError.http_status:
            return error_response(NotFoundError("there is nothing at this address"), request_id)
        if error.status_code == MethodNotAllowedError.http_status:
            refused = MethodNotAllowedError("this address does not take that method")
            response = error_response(refused, request_id)
            response.headers.update(error.headers or {})
            return response
        return error_response(BadRequestError("the request can't be read"), request_id)

    api.add_middleware(RequestBoundary)
