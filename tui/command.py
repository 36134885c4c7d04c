"""`lookalike tui`, also `python -m tui`."""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn, get_args

from lookalike.contract.addresses import DEFAULT_URL
from lookalike.contract.credentials import API_KEY_VARIABLE
from lookalike.contract.subjects import DEFAULT_NATS_URL
from lookalike.contract.web_address import is_web_address
from tui.options import Options, PictureKind, Transport
from tui.wording import LANGUAGES

_URL_VARIABLE: Final = "LOOKALIKE_URL"
_DATA_VARIABLE: Final = "LOOKALIKE_DATA_DIR"
_LEAST_DEADLINE_S: Final = 0.1


def command(args: Sequence[str], prog_name: str) -> NoReturn:
    """Run it as `prog_name`, to the end of the process."""
    from tui import start

    options, pictures = options_of(args, prog_name)
    sys.exit(start.start(options, pictures))


def main() -> NoReturn:
    """Run it as `python -m tui`."""
    command(sys.argv[1:], "python -m tui")


def options_of(args: Sequence[str], prog_name: str) -> tuple[Options, PictureKind]:
    """What a command line and the environment say. Raises: SystemExit, with a line on stderr."""
    parser = _parser(prog_name)
    given = parser.parse_args(args)
    url = given.url or os.environ.get(_URL_VARIABLE)
    address = url or (DEFAULT_NATS_URL if given.transport == "nats" else DEFAULT_URL)
    over_nats = address.startswith(("nats:", "tls:"))
    if given.transport == "nats" and not over_nats:
        parser.error(f"--transport nats needs a nats:// address, not {address}")
    options = Options(
        photo=given.photo,
        url=address,
        images_url=given.images if over_nats else address,
        nats_url=address if over_nats else DEFAULT_NATS_URL,
        deadline_s=given.deadline,
        api_key=given.api_key or os.environ.get(API_KEY_VARIABLE) or None,
        language=given.language,
        demo=given.demo,
        data=given.data or Path(os.environ.get(_DATA_VARIABLE) or "data"),
    )
    return options, given.pictures


def _parser(prog_name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog_name,
        description="Point at a garment, see what looks like it for less.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("photo", nargs="?", type=Path, metavar="PHOTO", help="the photo to begin with")
    add("--url", help=f"the service: http://… or nats://… [${_URL_VARIABLE}; {DEFAULT_URL}]")
    add(
        "--transport",
        choices=get_args(Transport),
        default="http",
        help="how it is asked, where no address says so [http]",
    )
    add(
        "--images",
        type=_door,
        default=DEFAULT_URL,
        metavar="URL",
        help=f"over NATS: the HTTP door that pictures come from [{DEFAULT_URL}]",
    )
    add("--api-key", metavar="KEY", help=f"where the service asks for one [${API_KEY_VARIABLE}]")
    add(
        "--deadline",
        type=_seconds,
        default=20.0,
        metavar="SECONDS",
        help="how long to wait for an answer [20]",
    )
    add("-l", "--language", choices=LANGUAGES, help="instead of your locale's")
    add(
        "--pictures",
        choices=get_args(PictureKind),
        default="auto",
        help="instead of what the terminal says that it can",
    )
    add("--demo", action="store_true", help="begin with a drawn street photo, start a service")
    add(
        "--data",
        type=Path,
        metavar="FOLDER",
        help=f"folder of the demo's photos [${_DATA_VARIABLE}; data]",
    )
    return parser


def _door(text: str) -> str:
    if not is_web_address(text):
        raise argparse.ArgumentTypeError(f"an address such as {DEFAULT_URL} is needed")
    return text


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    if seconds < _LEAST_DEADLINE_S:
        raise argparse.ArgumentTypeError(f"{text} is less than {_LEAST_DEADLINE_S} seconds")
    return seconds
