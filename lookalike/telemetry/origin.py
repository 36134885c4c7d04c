"""Which request a piece of work belongs to, in whatever process it is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """The request that a call serves; it travels with the call from process to process.

    `traceparent` as W3C Trace Context writes it; None while nothing is traced.
    Source: https://www.w3.org/TR/trace-context/
    """

    request_id: str
    traceparent: str | None = None

    @property
    def trace_id(self) -> str | None:
        """The trace's id, 32 hexadecimal digits."""
        return self.traceparent.split("-")[1] if self.traceparent else None


_current: ContextVar[Origin | None] = ContextVar("origin", default=None)


def current_origin() -> Origin | None:
    """The request that this task or thread works for; None where there is none."""
    return _current.get()


@contextmanager
def serving(origin: Origin | None) -> Iterator[None]:
    """Work for `origin` meanwhile; tasks and threads begun inside inherit it."""
    token = _current.set(origin)
    try:
        yield
    finally:
        _current.reset(token)
