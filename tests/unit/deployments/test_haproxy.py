"""What HAProxy is told before it starts."""

from __future__ import annotations

from deployments.haproxy import as_served, pages_on_loopback, with_callers_addresses

CONFIG = """
defaults
    mode http
frontend prometheus
    bind :9101
frontend http_frontend
    bind 127.0.0.1:8000
listen stats
  bind *:8404
"""


def binds(config: str) -> list[str]:
    return [line.split()[1] for line in config.splitlines() if "bind" in line]


def test_its_own_pages_are_on_loopback() -> None:
    assert binds(pages_on_loopback(CONFIG)) == [
        "127.0.0.1:9101",
        "127.0.0.1:8000",
        "127.0.0.1:8404",
    ]


def test_the_door_is_where_the_configuration_puts_it() -> None:
    everywhere = CONFIG.replace("127.0.0.1:8000", "*:8000")
    assert binds(pages_on_loopback(everywhere)) == ["127.0.0.1:9101", "*:8000", "127.0.0.1:8404"]


def test_callers_addresses_are_told() -> None:
    lines = with_callers_addresses(CONFIG).splitlines()
    assert lines[lines.index("defaults") + 1] == "    option forwardfor except 127.0.0.0/8"


def test_what_is_not_a_bind_stays() -> None:
    assert pages_on_loopback("log *:514\nmode http\n") == "log *:514\nmode http\n"


def test_what_haproxy_is_started_with_has_all_changes() -> None:
    served = as_served(f"global\n    stats socket /run/a.sock mode 666 level admin\n{CONFIG}")
    assert "stats socket /run/a.sock mode 600 level admin" in served
    assert "    timeout http-request 10000ms" in served
    assert "    option forwardfor" in served
    door = served.index(
        "frontend http_frontend\n    bind 127.0.0.1:8000\n    http-request del-header"
    )
    assert door < served.index("listen stats")
