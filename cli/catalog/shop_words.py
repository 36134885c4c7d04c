"""A shop's own words: what it calls its columns (`--map`) and its categories (`--term`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated
from unicodedata import normalize

import typer

from catalog.importers.listing import COLUMNS
from lookalike.contract.taxonomy import Category, category_of

TermOption = Annotated[
    list[str] | None,
    typer.Option(help='Your word for a category: "Oberteile=t-shirt"; may be repeated.'),
]


def mapped_columns(pairs: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """`COLUMNS` with the names that `--map` gives. Raises: typer.BadParameter."""
    columns = dict(COLUMNS)
    for pair in (pair for several in pairs for pair in several.split(",")):
        name, equals, theirs = (part.strip() for part in pair.partition("="))
        what = next((what for what, names in COLUMNS.items() if name in (what, *names)), None)
        if what is None or not equals or not theirs:
            known = ", ".join(COLUMNS)
            raise typer.BadParameter(f"--map {pair!r} is not NAME=COLUMN, NAME one of {known}")
        columns[what] = (theirs,)
    return columns


def terms_of(pairs: Iterable[str]) -> dict[str, Category]:
    """Categories by a shop's own words, as `RowRules` has them. Raises: typer.BadParameter."""
    terms: dict[str, Category] = {}
    for pair in pairs:
        word, equals, name = (part.strip() for part in pair.rpartition("="))
        category = category_of(name)
        if not equals or not word or category is None:
            known = ", ".join(Category)
            raise typer.BadParameter(f"--term {pair!r} is not WORD=CATEGORY, one of {known}")
        terms[normalize("NFKC", word).casefold()] = category
    return terms
