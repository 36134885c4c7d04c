"""Options that say how prices are to be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

import typer

from catalog.importers.price import DecimalMark, currency_code

DecimalOption = Annotated[
    Literal["point", "comma"] | None,
    typer.Option(help="What stands before decimals, where prices leave it open."),
]
DECIMAL_MARKS: Final[Mapping[str | None, DecimalMark]] = {"point": ".", "comma": ","}


def currency_option(text: str | None) -> str | None:
    """The value of `--currency` as an ISO 4217 code; raises typer.BadParameter."""
    try:
        return None if text is None else currency_code(text)
    except ValueError as error:
        raise typer.BadParameter(f"--currency {text!r} {error}") from None
