"""Who may change the catalogue."""

from __future__ import annotations

import hmac

from deployments.settings import GatewayArgs
from lookalike.contract.errors import ForbiddenError, UnauthorizedError


def check_may_write(authorization: bytes, args: GatewayArgs) -> None:
    """Let a change through, before any of its body is read; `authorization` is the header's value.

    Raises: ForbiddenError where no changes are taken, UnauthorizedError without the token.
    """
    if not args.writes:
        raise ForbiddenError("this service takes no changes of its catalogue")
    if args.write_token is None:
        return
    scheme, _, sent = authorization.partition(b" ")
    wanted = args.write_token.get_secret_value().encode()
    # In constant time: how much of a guess was right must not show.
    if scheme.lower() != b"bearer" or not hmac.compare_digest(sent.strip(), wanted):
        raise UnauthorizedError("changes need the header Authorization: Bearer, with the token")
