"""What `lookalike up` does about its service, however it ends."""

from __future__ import annotations

import io
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from rich.console import Console

from cli import up
from cli.catalog import preparation
from cli.settings import Settings
from deployments.local_service import LocalService


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


@pytest.mark.usefixtures("signals_as_before")
def test_the_catalogue_that_is_served_is_the_one_that_is_made_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared: list[Settings] = []

    def prepare(settings: Settings, *_: object, **__: object) -> None:
        prepared.append(settings)
        raise KeyboardInterrupt

    monkeypatch.setattr(preparation, "prepare_catalogue", prepare)
    monkeypatch.setattr(up, "LocalService", lambda *_, **__: Service())
    catalog = {"store_url": f"sqlite:///{tmp_path}/own.sqlite", "images_dir": f"{tmp_path}/own"}
    stages = {"import_path": "deployments.app:build", "args": {"catalog": catalog}}
    config = tmp_path / "serve_config.yaml"
    config.write_text(yaml.safe_dump({"applications": [stages]}))
    up.up(config, nats_url="nats://127.0.0.1:1", host=None, data=None, port=None, demo=False)
    (settings,) = prepared
    assert settings.store_url == catalog["store_url"]
    assert settings.images_dir == Path(catalog["images_dir"])


@pytest.mark.usefixtures("signals_as_before")
@pytest.mark.parametrize(
    ("option", "server"),
    [(None, "nats://nats.internal:4222"), ("nats://127.0.0.1:1", "nats://127.0.0.1:1")],
)
def test_the_server_that_is_asked_is_the_one_that_workers_dial(
    option: str | None, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[LocalService] = []

    def note(service: LocalService) -> None:
        started.append(service)
        raise KeyboardInterrupt

    monkeypatch.setattr(LocalService, "start_ray", note)
    url = "nats://nats.internal:4222"
    workers = {"import_path": "worker.app:build", "args": {"nats": {"url": url, "jobs": {}}}}
    config = tmp_path / "serve_config.yaml"
    config.write_text(yaml.safe_dump({"applications": [workers]}))
    up.up(config, nats_url=option, host=None, data=tmp_path, port=None, demo=False)
    (service,) = started
    assert service.nats_url == server
    assert service.config["applications"][0]["args"]["nats"] == {"jobs": {}}


@pytest.mark.usefixtures("signals_as_before")
def test_a_store_of_the_file_that_is_not_used_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: LocalService) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(LocalService, "start_ray", interrupted)
    monkeypatch.delenv("LOOKALIKE_DATA_DIR", raising=False)
    catalog = {"store_url": "postgresql+psycopg://shop:secret@store/shop"}
    stages = {"import_path": "deployments.app:build", "args": {"catalog": catalog}}
    config = tmp_path / "own.yaml"
    config.write_text(yaml.safe_dump({"applications": [stages]}))
    up.up(config, nats_url=None, host=None, data=tmp_path, port=None, demo=False)
    told = capsys.readouterr().err
    assert "own.yaml" in told
    assert "store_url" in told
    assert "LOOKALIKE_STORE_URL" in told
    assert "secret" not in told
    up.up(config, nats_url=None, host=None, data=None, port=None, demo=False)
    assert "store_url" not in capsys.readouterr().err


def test_what_a_stage_waits_for_is_told_once_while_one_waits() -> None:
    class Slow(Service):
        said: tuple[str, ...] = ()

        def still_starting(self) -> list[str]:
            return list(self.said)

        def wait_ready(self, waiting: Callable[[float], None]) -> dict[str, Any]:
            for self.said in ((), ("encoder: no CPU [2]",), ("encoder: no CPU [2]", "shard: slow")):
                waiting(1.0)
                waiting(1.2)
            return {"products": 3, "model_version": "tiny"}

    printed = io.StringIO()
    up._wait_ready(cast(Any, Slow()), Console(file=printed, width=200))
    lines = printed.getvalue().splitlines()
    assert lines[:2] == ["encoder: no CPU [2]", "shard: slow"]
    assert len(lines) == 3
