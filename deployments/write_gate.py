"""Who may change the catalogue."""

from __future__ import annotations

import hmac

from fastapi import Request

from deployments.settings import GatewayArgs
from lookalike.contract.errors import ForbiddenError, UnauthorizedError


def check_may_write(request: Request, args: GatewayArgs) -> None:
    """Let a change through, before any of its body is read.

    Raises: ForbiddenError where no changes are taken, UnauthorizedError without the token.
    """
    if not args.writes:
        raise ForbiddenError("this service takes no changes of its catalogue")
    if args.write_token is None:
        return
    scheme, _, sent = request.headers.get("authorization", "").partition(" ")
    wanted = args.write_token.get_secret_value().encode()
    # In constant time: how much of a guess was right must not show. Headers come as Latin-1.
    right = hmac.compare_digest(sent.strip().encode("latin-1"), wanted)
    if scheme.lower() != "bearer" or not right:
        raise UnauthorizedError("changes need the header Authorization: Bearer, with the token")
