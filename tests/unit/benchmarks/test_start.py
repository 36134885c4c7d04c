"""A measured start has nothing in common with another service of the machine."""

from __future__ import annotations

from pathlib import Path

import typer
from typer.main import get_command

from benchmarks import start as benchmarked
from cli.up import up
from deployments.nats_server import NATS_PORT


def test_it_opens_ports_of_its_own_and_draws_nothing(tmp_path: Path) -> None:
    words = benchmarked.up(tmp_path)
    command = typer.Typer(add_completion=False)
    command.command()(up)
    options = get_command(command).make_context("up", words[words.index("up") + 1 :]).params
    assert options["data"] == tmp_path
    assert options["demo"] is False
    assert options["metrics_port"] == 0
    assert options["port"] not in (None, 8000)
    assert options["nats_port"] != NATS_PORT
