"""What HAProxy is told before it starts."""

from __future__ import annotations

from deployments.haproxy import on_loopback

CONFIG = """
frontend prometheus
    bind :9101
frontend http_frontend
    bind 127.0.0.1:8000
listen stats
  bind *:8404
"""


def test_every_bind_is_on_loopback() -> None:
    binds = [line.strip() for line in on_loopback(CONFIG).splitlines() if "bind" in line]
    assert binds == ["bind 127.0.0.1:9101", "bind 127.0.0.1:8000", "bind 127.0.0.1:8404"]


def test_what_is_not_a_bind_stays() -> None:
    assert on_loopback("log *:514\nmode http\n") == "log *:514\nmode http\n"
