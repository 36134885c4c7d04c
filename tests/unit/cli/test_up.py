"""What `lookalike up` does about its service, however it ends."""

from __future__ import annotations

import io
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from rich.console import Console

from cli import up
from cli.catalog import preparation
from cli.settings import Settings


class Service:
    """Stands for the processes of a `LocalService`."""

    stopped = False

    def start_ray(self) -> None:
        pass

    def stop(self) -> None:
        self.stopped = True


class Gone(io.StringIO):
    """A pipe whose reader has gone."""

    def write(self, text: str, /) -> int:
        raise BrokenPipeError


class ConsoleOfNobody(Console):
    """Ends the program as rich does, but leaves the standard output of the tests alone."""

    def on_broken_pipe(self) -> None:
        raise SystemExit(1)


@pytest.fixture
def signals_as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("signals_as_before")
def test_the_service_is_stopped_though_nobody_reads_its_messages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(preparation, "prepare_catalogue", interrupted)
    service, settings = Service(), Settings(data_dir=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        up._run(cast(Any, service), settings, ConsoleOfNobody(file=Gone()), demo=False)
    assert service.stopped
