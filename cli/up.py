"""`lookalike up`: the whole service on this machine, from weights to a first answer."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path
from typing import Annotated, Any, Final

import typer
import yaml
from pydantic import ValidationError
from rich.console import Console

from catalog.street_queries import StreetQuery, street_queries
from cli.answer_table import print_answer
from cli.catalog.preparation import prepare_catalogue
from cli.settings import Settings
from deployments.access import check_config_may_open, with_hosts
from deployments.errors import ServiceError
from deployments.local_service import LOOPBACK, LocalService
from deployments.nats_server import NATS_CONFIG, NATS_PORT, NatsServer
from deployments.transport import METRICS_PORT_VARIABLE
from lookalike.client import HttpSearchClient
from lookalike.contract.credentials import API_KEY_VARIABLE
from lookalike.contract.errors import LookalikeError, UnauthorizedError
from lookalike.contract.schemas import Crop, RecommendParams, RecommendReply
from lookalike.contract.subjects import NATS_URL_VARIABLE, without_login
from lookalike.vision.weights import WeightsError

METRICS_PORT: Final = 9464
"""Source: the default port of OpenTelemetry's Prometheus exporters."""
_FIRST_QUERY_K: Final = 5
_FIRST_QUERY_S: Final = 60.0
"""The first search in a new checkout compiles its loops."""
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
        typer.Option(envvar=NATS_URL_VARIABLE, help="A NATS server that runs already."),
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
        settings = Settings() if data is None else Settings(data_dir=data)
        served = with_data(yaml.safe_load(config.read_text()), settings)
        host = host or served.get("http_options", {}).get("host", LOOPBACK)
        check_config_may_open(with_hosts(served, host))
        prepare_catalogue(settings, messages, demo=demo)
        service = LocalService(
            served,
            settings.data_dir / "serve.log",
            port=port,
            host=host,
            nats=nats_url or NatsServer(nats_config, settings.data_dir / "nats", port=nats_port),
            metrics_port=metrics_port,
        )
        _run(service, settings, messages)
    except KeyboardInterrupt:
        messages.print("Stopped; the same command goes on from here.")
    except (ServiceError, LookalikeError, WeightsError, OSError, yaml.YAMLError) as error:
        messages.print(f"[red]{error}", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    except ValidationError as error:
        problem = error.errors()[0]
        field = ".".join(str(part) for part in problem["loc"])
        messages.print(f"[red]{field}: {problem['msg']}", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None


def _run(service: LocalService, settings: Settings, messages: Console) -> None:
    """Serve until a signal comes, then end every process of the service."""
    service.start()
    try:
        _wait_ready(service, messages)
        _introduce(service, settings, messages)
        while True:
            service.check_alive()
            time.sleep(_WATCH_EVERY_S)
    except KeyboardInterrupt:
        messages.print("\nStopping …")
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        service.stop()
        messages.print("Every process of the service has ended.")


def with_data(config: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """A serve configuration that reads the catalogue of `settings`, by absolute paths.

    The configuration's own places are kept where the command line and environment name none.
    """
    applications = [
        {
            **application,
            "args": _with_access(_with_catalog(application.get("args") or {}, settings), settings),
        }
        for application in config["applications"]
    ]
    return {**config, "applications": applications}


def _with_catalog(arguments: dict[str, Any], settings: Settings) -> dict[str, Any]:
    catalog = dict(arguments.get("catalog") or {})
    if settings.model_fields_set & {"data_dir", "store_url"} or "store_url" not in catalog:
        catalog |= {"store_url": settings.store_url, "images_dir": str(settings.images_dir)}
    catalog["store_url"] = _absolute_sqlite(catalog["store_url"])
    catalog["images_dir"] = str(Path(catalog["images_dir"]).resolve())
    return {**arguments, "catalog": catalog}


def _with_access(arguments: dict[str, Any], settings: Settings) -> dict[str, Any]:
    gateway = dict(arguments.get("gateway") or {})
    access = dict(gateway.get("access") or {})
    if settings.model_fields_set & {"data_dir", "keys_file"} or "keys_file" not in access:
        access["keys_file"] = str(settings.keys_file)
    access["keys_file"] = str(Path(access["keys_file"]).resolve())
    if settings.require_keys is not None:
        access["require_keys"] = settings.require_keys
    return {**arguments, "gateway": gateway | {"access": access}}


def _absolute_sqlite(url: str) -> str:
    prefix = "sqlite:///"
    return f"{prefix}{Path(url.removeprefix(prefix)).resolve()}" if url.startswith(prefix) else url


def _wait_ready(service: LocalService, messages: Console) -> None:
    started = time.monotonic()
    with messages.status("Starting Ray Serve …") as status:
        ready = service.wait_ready(
            waiting=lambda waited_s: status.update(
                f"Starting Ray Serve and loading the stages … {waited_s:.0f} s"
            )
        )
    messages.print(
        f"Ready after {time.monotonic() - started:.0f} s: {ready['products']} products, "
        f"model {ready['model_version']}.",
        highlight=False,
    )


def _introduce(service: LocalService, settings: Settings, messages: Console) -> None:
    """Ask one real question and say where to go on."""
    queries = street_queries(settings.street_dir)
    out = Console()
    if queries:
        query = queries[0]
        out.print(f"A first question: what looks like the {query.category} in {query.photo}?")
        try:
            print_answer(out, asyncio.run(_ask(service.url, query)), service.url)
        except UnauthorizedError:
            out.print(f"It needs an API key: `lookalike keys add NAME`, then {API_KEY_VARIABLE}=…")
        except LookalikeError as error:  # the service is ready all the same
            messages.print(f"[yellow]No answer to it: {error}", highlight=False, soft_wrap=True)
        crop = ",".join(map(str, query.crop))
        out.print(
            f"\nTry:    lookalike search {query.photo} --crop {crop} --k 5 --max-price 40",
            highlight=False,
            soft_wrap=True,
        )
    out.print(f"API:    {service.url}/docs", highlight=False)
    out.print(f"Ready?  {service.url}/readyz", highlight=False)
    if service.nats_url is not None:
        out.print(f"NATS:   {without_login(service.nats_url)}", highlight=False)
    out.print(f"Metrics: {service.metrics_url}", highlight=False)
    out.print(f"Log:    {service.lines_path}", highlight=False, soft_wrap=True)
    out.file.flush()
    messages.print("Ctrl-C stops it.")


async def _ask(url: str, query: StreetQuery) -> RecommendReply:
    x, y, width, height = query.crop
    params = RecommendParams(
        crop=Crop(x=x, y=y, width=width, height=height), k=_FIRST_QUERY_K, sort="value"
    )
    key = os.environ.get(API_KEY_VARIABLE)
    async with HttpSearchClient(url, deadline_s=_FIRST_QUERY_S, api_key=key) as client:
        return await client.recommend(query.photo.read_bytes(), params)
