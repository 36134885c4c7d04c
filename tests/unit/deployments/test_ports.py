"""Free ports stay free until they are bound."""

from __future__ import annotations

import contextlib
import socket
import sys
from pathlib import Path

import pytest

from deployments import ports
from deployments.ports import free_port, free_ports


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux' settings")
def test_a_free_port_is_none_that_others_get_without_asking_for_it() -> None:
    first, _ = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
    if int(first) < 32_000:
        pytest.skip("this machine hands out lower ports than Linux does by default")
    assert all(free_port() < int(first) for _ in range(20))


def test_a_taken_port_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = free_ports(2)
    monkeypatch.setattr(ports, "_UNASKED_FOR", pair)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", pair[0]))
        assert {free_port() for _ in range(9)} == {pair[1]}


def test_a_row_keeps_clear_of_ports_that_are_spoken_for(monkeypatch: pytest.MonkeyPatch) -> None:
    row = free_ports(8)
    monkeypatch.setattr(ports, "_UNASKED_FOR", row)
    assert {free_ports(2, apart_from=row[:6])[0] for _ in range(9)} == {row[6]}


def test_ports_in_a_row_can_all_be_bound() -> None:
    row = free_ports(8)
    with contextlib.ExitStack() as probes:
        for port in row:
            probes.enter_context(socket.socket()).bind(("127.0.0.1", port))
        with socket.socket() as probe:
            assert all(probe.connect_ex(("127.0.0.1", port)) != 0 for port in row)
    assert row == range(row[0], row[0] + 8)
