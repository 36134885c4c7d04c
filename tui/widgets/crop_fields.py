"""The crop box as four numbers."""

from __future__ import annotations

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Label

from lookalike.contract.errors import BadCropError
from tui.search.crop_box import FIELDS, Box, parse_box, size_of
from tui.search.photo import Photo
from tui.widgets.field import Field
from tui.widgets.words import Words
from tui.wording import say


class CropFields(Vertical):
    """x, y, width and height in pixels of the photo, checked while they are typed."""

    HELP = """The box in pixels of the photo: left edge, upper edge, width, height. What can't \
be is said below while you type; the picture follows."""

    DEFAULT_CSS = """
    CropFields { height: auto; }
    CropFields #numbers { layout: grid; grid-size: 4 2; grid-columns: 6 1fr 8 1fr; height: 2; }
    CropFields Input { width: 1fr; }
    CropFields .far { padding-left: 1; }
    CropFields #box-note { height: 1; color: $text-muted; text-overflow: ellipsis;
        text-wrap: nowrap; }
    CropFields #box-note.-wrong { color: $text-error; }
    """

    @dataclass
    class BoxTyped(Message):
        """Four good numbers were typed."""

        box: Box

    class SearchWanted(Message):
        """Enter was pressed."""

    def __init__(self) -> None:
        super().__init__()
        self.border_title = say("Box")
        self._shown: tuple[Photo, Box] | None = None

    def compose(self) -> ComposeResult:
        """Two rows of two fields, and a line below."""
        with Vertical(id="numbers"):
            for field, label in zip(FIELDS, ("x", "y", say("width"), say("height")), strict=True):
                yield Label(label, classes="far" if field in ("y", "height") else "")
                yield Field(id=f"box-{field}", compact=True, max_length=6)
        yield Words(widget_id="box-note")

    def show(self, photo: Photo, box: Box, note: str) -> None:
        """Show a box; where it is the one shown before, what is being typed stays."""
        if (photo, box) != self._shown:
            self._shown = photo, box
            with self.prevent(Input.Changed):
                for field, text in _as_typed(box).items():
                    self._input(field).value = text
            self._tell(note, "")
        elif not self.query(".-invalid"):
            self._tell(note, "")

    def drop_typed(self) -> None:
        """Show the next box, even one that was shown before, in place of what is typed."""
        self._shown = None

    def take(self) -> Box | None:
        """The box that the fields say; None where it can't be: the field at fault gets the keys."""
        box = self._read()
        if box is None:
            self.query(".-invalid").focus()
        return box

    @on(Input.Changed)
    def _check(self, event: Input.Changed) -> None:
        event.stop()
        box = self._read()
        if self._shown is not None and box is not None:
            self._shown = self._shown[0], box
            self.post_message(self.BoxTyped(box))

    @on(Input.Submitted)
    def _search(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.SearchWanted())

    def _read(self) -> Box | None:
        """What the fields say; None without a photo or where it can't be, which is told.

        A box that is shown is not read again: of a tiny photo it is smaller than what is typed.
        """
        if self._shown is None:
            return None
        photo, box = self._shown
        texts = {field: self._input(field).value for field in FIELDS}
        if texts != _as_typed(box):
            try:
                box = parse_box(texts, size_of(photo))
            except BadCropError as error:
                field, _, reason = error.message.partition(": ")
                self._tell(f"{say(field)}: {reason}", field)
                return None
        if self.query(".-invalid"):
            self._tell("", "")
        return box

    def _tell(self, note: str, wrong_field: str) -> None:
        shown = self.query_one("#box-note", Words)
        shown.tell(note)
        shown.set_class(bool(wrong_field), "-wrong")
        for field in FIELDS:
            self._input(field).set_class(field == wrong_field, "-invalid")

    def _input(self, field: str) -> Input:
        return self.query_one(f"#box-{field}", Input)


def _as_typed(box: Box) -> dict[str, str]:
    """What the fields hold for a box."""
    return {field: str(getattr(box, field)) for field in FIELDS}
