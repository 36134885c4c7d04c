"""Traces as the doors and stages see them."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Final, Protocol


class Span(Protocol):
    """One part of a trace, from the beginning of its `with` block to the end."""

    @property
    def traceparent(self) -> str | None:
        """What makes other spans children of this one; None where nothing is traced."""
        ...

    def rename(self, name: str) -> None:
        """Call it by what turned out to be asked."""
        ...

    def note(self, name: str, value: str) -> None:
        """Keep an attribute with it."""
        ...

    def fail(self, code: str) -> None:
        """Mark it as failed with an error's code."""
        ...


class Tracer(Protocol):
    """Begins spans."""

    def span(
        self, name: str, parent: str | None, *, inbound: bool = False
    ) -> AbstractContextManager[Span]:
        """A span below `parent` (a traceparent), or one that begins a trace.

        `inbound`: it is a caller's request. A parent that can't be read counts as none.
        """
        ...


class _NoSpan:
    traceparent = None

    def rename(self, name: str) -> None:
        pass

    def note(self, name: str, value: str) -> None:
        pass

    def fail(self, code: str) -> None:
        pass


class NoTracer:
    """Traces nothing, at no cost."""

    _nothing: Final = nullcontext(_NoSpan())

    def span(
        self, name: str, parent: str | None, *, inbound: bool = False
    ) -> AbstractContextManager[Span]:
        """The same empty span each time."""
        return self._nothing
