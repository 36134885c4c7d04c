"""What to ask for beyond the look."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Grid, Vertical
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input, Label, Select

from lookalike.contract.errors import BadRequestError
from lookalike.contract.taxonomy import CATEGORIES
from lookalike.plain_text import plain
from tui.search.filters import (
    SORTS,
    Filters,
    parse_brands,
    parse_count,
    parse_price,
    parse_reference_price,
)
from tui.search.photo import Photo
from tui.widgets.field import Field
from tui.widgets.words import Words
from tui.wording import say

_TYPED: Final = ("max_price", "brands", "reference_price", "k")


class AskPanel(Vertical):
    """Category, highest price, brands, order, the look's own price and number, as one `Filters`."""

    HELP = """What to look for. Typed fields count when you press Enter or leave them; brands \
go between commas. What your photo's look costs is what savings are measured from."""

    DEFAULT_CSS = """
    AskPanel { height: auto; }
    AskPanel Grid { grid-size: 2; grid-columns: 11 1fr; grid-rows: 1; height: 6; }
    AskPanel Select, AskPanel Input { width: 1fr; }
    AskPanel #ask-note { height: auto; max-height: 2; display: none; color: $text-error; }
    AskPanel #ask-note.-wrong { display: block; }
    """

    @dataclass
    class FiltersWanted(Message):
        """A filter was changed; with `search` Enter was pressed."""

        filters: Filters
        search: bool = False

    def __init__(self, filters: Filters) -> None:
        super().__init__()
        self.border_title = say("Looking for")
        self._filters = filters
        self._photo: Photo | None = None
        self._brands: frozenset[str] = frozenset()
        self._counted = _as_typed(filters)  # the texts that the filters were read from

    def compose(self) -> ComposeResult:
        """A row a filter, and a line for what is wrong."""
        categories = [(say("automatic"), "auto"), (say("anything"), "any")]
        categories += [(say(category.value), category.value) for category in CATEGORIES]
        sorts = [(say(sort), sort) for sort in SORTS]
        shown = self._filters
        with Grid():
            yield Label(say("Category"))
            yield Select(
                categories,
                allow_blank=False,
                value=str(shown.category),
                compact=True,
                id="category",
            )
            yield Label(say("Up to"))
            yield Field(compact=True, id="max_price", placeholder=say("any price"))
            yield Label(say("Brands"))
            yield Field(compact=True, id="brands", placeholder=say("any brand"))
            yield Label(say("Sort by"))
            yield Select(sorts, allow_blank=False, value=shown.sort, compact=True, id="sort")
            yield Label(say("Look costs"))
            yield Field(compact=True, id="reference_price", placeholder=say("not known"))
            yield Label(say("How many"))
            yield Field(compact=True, id="k", max_length=3)
        yield Words(widget_id="ask-note")

    def on_mount(self) -> None:
        """Fill in the texts."""
        self._fill_in()

    def show(self, filters: Filters, photo: Photo | None, brands: Iterable[str] = ()) -> None:
        """Show other filters; `brands` are offered while a brand is typed.

        What is typed of a look's price is dropped with another photo.
        """
        self._brands = frozenset(brand for brand in brands if plain(brand) == brand)
        self.query_one("#brands", Input).suggester = SuggestFromList(
            sorted(self._brands), case_sensitive=False
        )
        if photo is not self._photo:
            self._photo = photo
            with self.prevent(Input.Changed):
                self._input("reference_price").value = self._counted["reference_price"]
            self._read()
        if filters != self._filters:
            self._filters = filters
            self._fill_in()

    def _fill_in(self) -> None:
        """Show the filters; the field that is being typed in keeps what did not count yet."""
        shown, texts = self._filters, _as_typed(self._filters)
        with self.prevent(Select.Changed, Input.Changed):
            self.query_one("#category", Select).value = str(shown.category)
            self.query_one("#sort", Select).value = shown.sort
            for name, text in texts.items():
                field = self._input(name)
                if not field.has_focus or field.value == self._counted[name]:
                    field.value = text
        self._counted = texts
        self._read()

    def take(self) -> Filters | None:
        """What all fields say, which counts from now on.

        None where one can't be read: the first of these gets the keys.
        """
        filters = self._read()
        if filters is None:
            self.query(".-invalid").focus()
        else:
            self._filters, self._counted = filters, self._texts()
        return filters

    @on(Select.Changed)
    def _chosen(self, event: Select.Changed) -> None:
        event.stop()
        self._want()

    @on(Input.Changed)
    def _typing(self, event: Input.Changed) -> None:
        event.stop()
        self._read()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self._want(search=True)

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """A field that is left counts as it stands."""
        if isinstance(event.widget, Input) and self._read() is not None:
            self._want()

    def _want(self, *, search: bool = False) -> None:
        before, filters = self._filters, self.take()
        if filters is not None and (search or filters != before):
            self.post_message(self.FiltersWanted(filters, search))

    def _read(self) -> Filters | None:
        """What all fields say; None where one can't be read, and the first of these is told.

        What has counted is not read again: an amount may look otherwise than it was typed.
        """
        chosen = str(self.query_one("#category", Select).value)
        said: dict[str, Any] = {
            "category": {category.value: category for category in CATEGORIES}.get(chosen, chosen),
            "sort": self.query_one("#sort", Select).value,
        }
        wrong: dict[str, str] = {}
        for name, text in self._texts().items():
            if text == self._counted[name]:
                continue
            try:
                said[name] = self._parse(name, text)
            except BadRequestError as error:
                wrong[name] = error.message
        self._complain(wrong)
        return None if wrong else replace(self._filters, **said)

    def _parse(self, name: str, text: str) -> object:
        """What a typed field says. Raises: BadRequestError."""
        match name:
            case "max_price":
                return parse_price(text)
            case "reference_price":
                return parse_reference_price(text)
            case "brands":
                return parse_brands(text, self._brands | {*self._filters.brands})
        return parse_count(text)

    def _texts(self) -> dict[str, str]:
        return {name: self._input(name).value for name in _TYPED}

    def _complain(self, wrong: Mapping[str, str]) -> None:
        """Mark the fields that are wrong, by name, and say the first one's complaint."""
        shown = self.query_one("#ask-note", Words)
        shown.tell(next(iter(wrong.values()), ""))
        shown.set_class(bool(wrong), "-wrong")
        for name in _TYPED:
            self._input(name).set_class(name in wrong, "-invalid")

    def _input(self, name: str) -> Input:
        return self.query_one(f"#{name}", Input)


def _as_typed(filters: Filters) -> dict[str, str]:
    """What the typed fields hold for these filters."""
    return {
        "max_price": _amount(filters.max_price),
        "brands": ", ".join(filters.brands),
        "reference_price": _amount(filters.reference_price),
        "k": str(filters.k),
    }


def _amount(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:f}"
