"""A real nats-server for a test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from deployments.nats_server import NatsServer

NATS_CONFIG = Path(__file__).parents[1] / "deploy" / "nats.conf"


@contextmanager
def nats_server(
    folder: Path, config: Path = NATS_CONFIG, env: Mapping[str, str] | None = None
) -> Iterator[NatsServer]:
    """One on a free port, with its store in a folder; it has ended afterwards."""
    server = NatsServer(config, folder / "nats", port=0)
    server.start(env)
    try:
        yield server
    finally:
        server.stop()


def with_mark(folder: Path, *marks: str) -> Path:
    """The shipped configuration with some of its marks taken away."""
    told = NATS_CONFIG.read_text()
    for mark in marks:
        assert f"\n#{mark} " in told
        told = told.replace(f"\n#{mark} ", "\n")
    config = folder / "nats.conf"
    config.write_text(told)
    return config
