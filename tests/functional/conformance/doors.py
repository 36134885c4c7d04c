"""Two front doors, asked alike."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import quote

import httpx
from nats.aio.client import Client

from lookalike.contract import subjects
from tests.functional.conformance.cases import Case

_PATIENCE_S: Final = 30.0
_ANSWER_ONLY_ONCE: Final = frozenset({"request_id", "timings_ms"})


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and body of a reply; `request_id` as its header had it."""

    status: int
    body: dict[str, Any]
    request_id: str | None
    retry_after: str | None = None

    @property
    def lasting(self) -> dict[str, Any]:
        """The body without what differs from one request to the next."""
        body = {name: v for name, v in self.body.items() if name not in _ANSWER_ONLY_ONCE}
        if "error" in body:
            body["error"] = {**body["error"], "request_id": ""}
        return body


class Door(Protocol):
    """Answers cases."""

    async def ask(self, case: Case) -> Answer:
        """Send it, as a client that checks nothing itself."""
        ...


class HttpDoor:
    """Over HTTP."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def ask(self, case: Case) -> Answer:
        """Send it."""
        if case.photo is not None:
            reply = await self._client.post(
                f"/v1/{case.endpoint}",
                files={"image": case.photo},
                data={} if case.params_json is None else {"params": case.params_json},
                headers=case.headers,
            )
        else:
            reply = await self._client.get(
                _path(case), params=case.params or {}, headers=case.headers
            )
        ids = set(reply.headers.get_list("x-request-id", split_commas=True))  # Serve adds its own
        return Answer(
            reply.status_code,
            reply.json(),
            ids.pop() if len(ids) == 1 else None,
            reply.headers.get("retry-after"),
        )


class NatsDoor:
    """Over NATS."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def ask(self, case: Case) -> Answer:
        """Send it."""
        headers = dict(case.headers)
        if case.params_json is not None:
            headers[subjects.PARAMS_HEADER] = case.params_json
        reply = await self._client.request(
            _subject(case), _payload(case), timeout=_PATIENCE_S, headers=headers
        )
        told = reply.headers or {}
        status = int(told.get(subjects.ERROR_CODE_HEADER, "200"))
        return Answer(
            status, json.loads(reply.data), told.get("X-Request-Id"), told.get("Retry-After")
        )


def _path(case: Case) -> str:
    match case.endpoint:
        case "product":
            return f"/v1/products/{quote(case.product_id or '', safe='')}"
        case "similar":
            return f"/v1/products/{quote(case.product_id or '', safe='')}/similar"
        case other:
            return f"/{other}z"


def _subject(case: Case) -> str:
    named = {"product": subjects.PRODUCTS_GET, "similar": subjects.PRODUCTS_SIMILAR}
    return named.get(case.endpoint, f"{subjects.PREFIX}.{case.endpoint}")


def _payload(case: Case) -> bytes:
    return case.photo if case.photo is not None else (case.product_id or "").encode()
