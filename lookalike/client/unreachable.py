"""Nobody answers: what the client finds out by itself, and no service says."""

from __future__ import annotations

import ssl

from lookalike.contract.errors import UnavailableError


class UnreachableError(UnavailableError):
    """There is no service at the address: no connection comes about, or nobody listens there."""


def is_of_tls(problem: BaseException | None) -> bool:
    """Whether a connection failed since both ends agree on no encryption or certificate."""
    while problem is not None:
        if isinstance(problem, ssl.SSLError):
            return True
        problem = problem.__cause__ or problem.__context__
    return False


def what_broke(problem: Exception) -> str:
    """What a failed connection says of itself; many a broken one says nothing."""
    return str(problem) or "the connection broke"
