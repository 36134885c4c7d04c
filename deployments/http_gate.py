"""The gate before HTTP routes, and how the API's document tells of it."""

from __future__ import annotations

from typing import Any, Final

from fastapi import Depends, Request

from deployments.host_header import CheckHost
from lookalike.access.gate import Gate
from lookalike.access.keys import Scope
from lookalike.contract.credentials import API_KEY_HEADER, AUTHORIZATION_HEADER, sent_key

SECURITY_SCHEMES: Final[dict[str, Any]] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "an API key; only where the service asks for one",
    },
    "header": {"type": "apiKey", "in": "header", "name": API_KEY_HEADER},
}


def security(scope: Scope) -> dict[str, Any]:
    """What an operation's document says of its gate; a service on loopback asks for nothing."""
    return {
        "security": [{"bearer": []}, {"header": []}, {}],
        "x-scope": str(scope),
    }


def guarded(gate: Gate | None, scope: Scope, check_host: CheckHost | None = None) -> list[Any]:
    """The `dependencies` of a route: none of it is read before the gate has let it through."""
    if gate is None:
        return []

    async def pass_gate(request: Request) -> None:
        if check_host is not None:
            check_host(request.headers.get("host"))
        sent = sent_key(
            request.headers.get(AUTHORIZATION_HEADER), request.headers.get(API_KEY_HEADER)
        )
        await gate.admit(sent, request.client.host if request.client else None, scope)

    return [Depends(pass_gate)]
