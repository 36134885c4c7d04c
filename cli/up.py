"""`lookalike up`: the whole service on this machine, from weights to a first answer."""

from __future__ import annotations

import contextlib
import signal
import time
from pathlib import Path
from typing import Annotated, Final

import typer
from pydantic import ValidationError
from rich.console import Console

from cli.sentences import say
from cli.served_config import as_served, replaced_places, with_data
from cli.served_file import read_config
from cli.settings import Settings, read_settings
from deployments.errors import ServiceError, first_problem
from deployments.local_service import LocalService
from deployments.nats_server import NATS_CONFIG, NATS_PORT, NatsServer
from deployments.transport import METRICS_PORT_VARIABLE
from deployments.workers import named_server
from lookalike.contract.errors import LookalikeError
from lookalike.contract.subjects import NATS_URL_VARIABLE
from lookalike.vision.weights import WeightsError

METRICS_PORT: Final = 9464
"""Source: the default port of OpenTelemetry's Prometheus exporters."""
_WATCH_EVERY_S: Final = 1.0


def up(
    config: Annotated[Path, typer.Option(help="Ray Serve's configuration.")] = Path(
        "serve_config.yaml"
    ),
    port: Annotated[int | None, typer.Option(help="Instead of the configuration's port.")] = None,
    host: Annotated[
        str | None, typer.Option(help="Address that HTTP listens on; 0.0.0.0: all, with API keys.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of the catalogue.")] = None,
    nats_url: Annotated[
        str | None,
        typer.Option(
            envvar=NATS_URL_VARIABLE,
            help="A NATS server that runs already; the configuration's url if not given.",
        ),
    ] = None,
    nats_port: Annotated[
        int, typer.Option(help="Port of the NATS server that is started otherwise.")
    ] = NATS_PORT,
    nats_config: Annotated[
        Path, typer.Option(help="Configuration of the NATS server that is started.")
    ] = NATS_CONFIG,
    metrics_port: Annotated[
        int,
        typer.Option(
            envvar=METRICS_PORT_VARIABLE, help="Port of the metrics, for Prometheus; 0: a free one."
        ),
    ] = METRICS_PORT,
    demo: Annotated[
        bool, typer.Option(help="Draw a demo catalogue where there is no product yet.")
    ] = True,
) -> None:
    """Start the whole service, ask it one real question, and stay until Ctrl-C or SIGTERM."""
    messages = Console(stderr=True)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's `&` may have ignored it
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        settings = read_settings(data)
        written = read_config(config)
        served = with_data(written, settings)
        _tell_replaced(replaced_places(written, settings), config, settings, messages)
        service = LocalService(
            served,
            settings.data_dir / "serve.log",
            port=port,
            host=host,
            nats=nats_url
            or named_server(served)
            or NatsServer(nats_config, settings.data_dir / "nats", port=nats_port),
            metrics_port=metrics_port,
        )
        _run(service, as_served(settings, served), messages, demo)
    except KeyboardInterrupt:
        messages.print("Stopped; the same command goes on from here.")
    except (ServiceError, LookalikeError, WeightsError, OSError) as error:
        say(messages, error, "red")
        raise typer.Exit(1) from None
    except ValidationError as error:
        say(messages, first_problem(error), "red")
        raise typer.Exit(1) from None


def _run(service: LocalService, settings: Settings, messages: Console, demo: bool) -> None:
    """Serve until a signal comes, then end every process of the service.

    Ray starts while the catalogue is made ready, what that needs is imported included.
    """
    service.start_ray()
    try:
        from cli.catalog.preparation import prepare_catalogue
        from cli.introduction import introduce

        prepare_catalogue(settings, messages, demo=demo)
        service.serve()
        _wait_ready(service, messages)
        introduce(service, settings, messages)
        while True:
            service.check_alive()
            time.sleep(_WATCH_EVERY_S)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _say(messages, "\nStopping …")
        service.stop()
        _say(messages, "Every process of the service has ended.")


def _tell_replaced(places: list[str], config: Path, settings: Settings, messages: Console) -> None:
    """Say which places of the file are not used, and what has them used."""
    if places:
        variables = " and ".join(f"LOOKALIKE_{place.upper()}" for place in places)
        say(
            messages,
            f"{config} names its own {' and '.join(places)}, and --data or LOOKALIKE_DATA_DIR puts "
            f"them in {settings.data_dir} instead; {variables} would name another place, for "
            "`lookalike catalog` and `lookalike keys` too.",
            "yellow",
        )


def _say(messages: Console, words: str) -> None:
    """Print `words`, if somebody reads along still: rich ends the program where nobody does."""
    with contextlib.suppress(OSError, SystemExit):
        messages.print(words)


def _wait_ready(service: LocalService, messages: Console) -> None:
    started = time.monotonic()
    said: set[str] = set()
    with messages.status("Starting Ray Serve …") as status:

        def tell(waited_s: float) -> None:
            status.update(f"Starting Ray Serve and loading the stages … {waited_s:.0f} s")
            for line in service.still_starting():
                if line not in said:
                    said.add(line)
                    say(messages, line)

        ready = service.wait_ready(waiting=tell)
    messages.print(
        f"Ready after {time.monotonic() - started:.0f} s: {ready['products']} products, "
        f"model {ready['model_version']}.",
        highlight=False,
    )
