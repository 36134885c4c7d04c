"""The service with real shards behind stages that compute nothing.

No `from __future__ import annotations` here: Ray Serve reads the type of the builder's argument.
"""

from ray.serve import Application

from benchmarks.empty_stages import EmptyEncoder, EmptySegmenter
from deployments.app import StageClasses, compose
from deployments.settings import ServiceArgs


def build(args: ServiceArgs) -> Application:
    """Every photo looks the same, and the catalogue is searched for it."""
    return compose(args, StageClasses(EmptySegmenter, EmptyEncoder))
