"""A service of one stage, which is ready and no more."""

from __future__ import annotations

from typing import Any

from ray import serve
from ray.serve import Application


class Plain:
    """Answers whatever is asked."""

    async def __call__(self, _: object) -> dict[str, str]:
        return {"status": "ready"}


def build(args: dict[str, Any]) -> Application:
    """The application; without arguments."""
    return serve.deployment(Plain).bind()
