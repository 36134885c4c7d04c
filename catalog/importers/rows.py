"""Rows of a table file, one by one, the broken ones among them: CSV, JSON lines, Parquet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from unicodedata import normalize

from catalog.importers.cells import shown
from catalog.importers.listing import COLUMNS
from lookalike.contract.errors import BadRequestError

NEEDED: Final = ("id", "title", "category", "price")
"""Without a column for each of these no row can become a product."""


class TableError(BadRequestError):
    """A file that can't be read at all, or not as a table of products."""


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row as it came; `problem` says in a sentence why it can't be read, "" where it can.

    `number` is the line that the row begins on (a CSV's header is line 1), in Parquet the row,
    from 1. `done` tells how far into the source the row's end is, in the units of its size.
    """

    number: int
    fields: Mapping[str, object] = field(default_factory=dict)
    problem: str = ""
    done: int = 0


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """Which columns of a file are wanted: names of `columns`, and `others` besides.

    A header without what is `needed` is refused, in a message that ends with `hint`.
    """

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: COLUMNS)
    others: tuple[str, ...] = ()
    needed: tuple[str, ...] = NEEDED
    hint: str = ""

    def names(self) -> set[str]:
        """All names that are wanted."""
        return {name for names in self.columns.values() for name in names} | set(self.others)

    def canonical(self, header: str) -> str:
        """A header's cell as the name that it stands for: "Item URL " -> "item_url".

        In Unicode's compatible form, for letters that a Mac took apart or that are half as wide.
        """
        name = header.strip()
        if name in (names := self.names()):
            return name
        known = {normalize("NFKC", wanted): wanted for wanted in names}
        composed = normalize("NFKC", name)
        plain = composed.casefold().replace(" ", "_").replace("-", "_")
        return known.get(composed) or known.get(plain) or name

    def check(self, path: Path, header: list[str]) -> None:
        """Refuse a header that lacks a needed column, or has a wanted one twice.

        Raises:
            TableError: so it is.
        """
        twice = sorted({name for name in header if header.count(name) > 1} & self.names())
        if twice:
            raise TableError(f"{path} has the column {twice[0]} twice")
        absent = [name for name in self.others if name not in header]
        absent += [
            " or ".join(self.columns[what])
            for what in self.needed
            if not set(self.columns[what]) & set(header)
        ]
        if absent:
            raise TableError(
                f"{path} has no column {', and none '.join(absent)}; "
                f"it has {_listed(header)}{self.hint}"
            )


def _listed(header: list[str], at_most: int = 20) -> str:
    names = [name if name.isprintable() else shown(name) for name in header[:at_most]]
    more = f" and {len(header) - at_most} more" if len(header) > at_most else ""
    return (", ".join(names) or "none") + more


@dataclass(frozen=True, slots=True)
class TableSource:
    """A table file that was looked into: its rows can be read, `size` is where they end."""

    path: Path
    size: int
    header: tuple[str, ...]
    rows: Callable[[], Iterator[RawRow]]
