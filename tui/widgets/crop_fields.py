"""The crop box as four numbers."""

from __future__ import annotations

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Label

from lookalike.contract.errors import BadCropError
from tui.search.crop_box import FIELDS, Box, Size, parse_box
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
        """Enter was pressed on good numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.border_title = say("Box")
        self._photo: Size | None = None

    def compose(self) -> ComposeResult:
        """Two rows of two fields, and a line below."""
        with Vertical(id="numbers"):
            for field, label in zip(FIELDS, ("x", "y", say("width"), say("height")), strict=True):
                yield Label(label, classes="far" if field in ("y", "height") else "")
                yield Input(id=f"box-{field}", compact=True, max_length=6)
        yield Words(widget_id="box-note")

    def show(self, box: Box, photo: Size, note: str) -> None:
        """Show a box, unless these very numbers are being typed."""
        self._photo = photo
        if self._typed() != box:
            with self.prevent(Input.Changed):
                for field in FIELDS:
                    self._input(field).value = str(getattr(box, field))
            self._tell(note, "")
        elif not self.query(".-invalid"):
            self._tell(note, "")

    @on(Input.Changed)
    def _check(self, event: Input.Changed) -> None:
        event.stop()
        if self._photo is None:
            return
        box = self._typed(tell=True)
        if box is not None:
            self.post_message(self.BoxTyped(box))

    @on(Input.Submitted)
    def _search(self, event: Input.Submitted) -> None:
        event.stop()
        if self._typed(tell=True) is not None:
            self.post_message(self.SearchWanted())

    def _typed(self, *, tell: bool = False) -> Box | None:
        if self._photo is None:
            return None
        try:
            return parse_box({field: self._input(field).value for field in FIELDS}, self._photo)
        except BadCropError as error:
            if tell:
                field, _, reason = error.message.partition(": ")
                self._tell(f"{say(field)}: {reason}", field)
            return None

    def _tell(self, note: str, wrong_field: str) -> None:
        shown = self.query_one("#box-note", Words)
        shown.tell(note)
        shown.set_class(bool(wrong_field), "-wrong")
        for field in FIELDS:
            self._input(field).set_class(field == wrong_field, "-invalid")

    def _input(self, field: str) -> Input:
        return self.query_one(f"#box-{field}", Input)
