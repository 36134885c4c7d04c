"""Every way that a request can fail, as one JSON body."""

from __future__ import annotations

import logging
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.routing import Match
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
from lookalike.telemetry.door import OTHER, Door, OpenRequest

_PROBES: Final = frozenset({"/healthz", "/readyz"})
_log = logging.getLogger(__name__)


def error_response(error: LookalikeError, request_id: str) -> Response:
    """The answer that an error becomes."""
    headers = {}
    if isinstance(error, OverloadedError):
        headers["Retry-After"] = str(error.retry_after_s)
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


def open_request_of(request: Request) -> OpenRequest:
    """The request as its door keeps it."""
    opened: OpenRequest = request.state.opened
    return opened


class RequestBoundary:
    """Outermost middleware: gives each request its id, and answers whatever nobody caught.

    The door is told of each request but for probes, which come all the time.
    """

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = request_id_from(headers.get(REQUEST_ID_HEADER))
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        if scope["path"] in _PROBES:
            state["opened"] = OpenRequest(OTHER)
            await self._answer(scope, receive, send, request_id)
            return
        with self._door.request(request_id, traceparent=headers.get("traceparent")) as opened:
            state["opened"] = opened
            try:
                await self._answer(scope, receive, send, request_id)
            finally:
                # Known once it was routed; addresses that do not exist are one operation.
                opened.operation = getattr(scope.get("route"), "operation_id", None) or OTHER

    async def _answer(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
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
            failure = InternalError("something went wrong on our side")
            scope["state"]["opened"].failed(failure)
            failed = error_response(failure, request_id)
            await failed(scope, receive, send_with_id)


def _methods_at(request: Request) -> list[str]:
    """Every method that the address takes; Starlette names those of one of its routes."""
    found: set[str] = set()
    for route in request.app.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            found |= getattr(route, "methods", None) or set()
    return sorted(found)


def install(api: FastAPI, door: Door) -> None:
    """Make every failure of `api` an ErrorReply, and tell the door of every request."""

    @api.exception_handler(LookalikeError)
    async def _known(request: Request, error: LookalikeError) -> Response:
        return _answered(request, error)

    @api.exception_handler(RequestValidationError)
    async def _of_the_address(request: Request, error: RequestValidationError) -> Response:
        problem = error.errors()[0]
        field = str(problem["loc"][-1]).removeprefix("product_")
        refused = BadRequestError(f"{field}: {problem['msg']}")
        return _answered(request, refused)

    @api.exception_handler(HTTPException)
    async def _of_the_framework(request: Request, error: HTTPException) -> Response:
        if error.status_code == NotFoundError.http_status:
            return _answered(request, NotFoundError("there is nothing at this address"))
        if error.status_code == MethodNotAllowedError.http_status:
            refused = MethodNotAllowedError("this address does not take that method")
            response = _answered(request, refused)
            response.headers["Allow"] = ", ".join(_methods_at(request))
            return response
        return _answered(request, BadRequestError("the request can't be read"))

    api.add_middleware(RequestBoundary, door=door)


def _answered(request: Request, error: LookalikeError) -> Response:
    open_request_of(request).failed(error)
    return error_response(error, request_id_of(request))
