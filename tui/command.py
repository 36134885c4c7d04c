"""`lookalike tui`, also `python -m tui`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lookalike.contract.addresses import DEFAULT_URL
from lookalike.contract.credentials import API_KEY_VARIABLE
from lookalike.contract.subjects import DEFAULT_NATS_URL
from tui.options import Options, PictureKind, Transport
from tui.wording import Language


def tui(
    photo: Annotated[Path | None, typer.Argument(help="The photo to begin with.")] = None,
    url: Annotated[
        str | None,
        typer.Option(envvar="LOOKALIKE_URL", help="The service: http://… or, over NATS, nats://…."),
    ] = None,
    transport: Annotated[
        Transport, typer.Option(help="How it is asked, where no address says so.")
    ] = "http",
    images: Annotated[
        str, typer.Option(help="Over NATS: the HTTP door that pictures come from.")
    ] = DEFAULT_URL,
    api_key: Annotated[
        str | None,
        typer.Option(envvar=API_KEY_VARIABLE, help="Where the service asks for one."),
    ] = None,
    deadline: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for an answer.")] = 20.0,
    language: Annotated[
        Language | None, typer.Option("--language", "-l", help="Else your locale's.")
    ] = None,
    pictures: Annotated[
        PictureKind, typer.Option(help="Instead of what the terminal says that it can.")
    ] = "auto",
    demo: Annotated[
        bool, typer.Option("--demo", help="Begin with a drawn street photo, start a service.")
    ] = False,
    data: Annotated[
        Path, typer.Option(envvar="LOOKALIKE_DATA_DIR", help="Folder of the demo's photos.")
    ] = Path("data"),
) -> None:
    """Point at a garment, see what looks like it for less."""
    from tui.app import LookalikeApp
    from tui.pictures import canvas

    address = url or (DEFAULT_NATS_URL if transport == "nats" else DEFAULT_URL)
    over_nats = address.startswith(("nats:", "tls:"))
    if transport == "nats" and not over_nats:
        raise typer.BadParameter(f"--transport nats needs a nats:// address, not {address}")
    options = Options(
        photo=photo,
        url=address,
        images_url=images if over_nats else address,
        nats_url=address if over_nats else DEFAULT_NATS_URL,
        deadline_s=deadline,
        api_key=api_key,
        language=language,
        demo=demo,
        data=data,
    )
    app = LookalikeApp(options, canvas(pictures))
    app.run()
    raise typer.Exit(app.return_code or 0)


def main() -> None:
    """Run it as `python -m tui`."""
    command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    command.command()(tui)
    command(prog_name="python -m tui")
