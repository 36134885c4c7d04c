"""A stage that never comes to run."""

from __future__ import annotations

from typing import Any

from ray import serve
from ray.serve import Application


class Broken:
    """Its constructor raises."""

    def __init__(self) -> None:
        raise RuntimeError("the weights are of another kind")


def build(args: dict[str, Any]) -> Application:
    """The application; without arguments."""
    return serve.deployment(Broken).bind()
