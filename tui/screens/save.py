"""Save an answer to a file."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui.export.formats import FORMATS, Format, format_of
from tui.screens.ending_window import EndingWindow
from tui.screens.session_screen import Surroundings
from tui.search.history import Search
from tui.search.question import PhotoQuestion
from tui.search.typed_path import is_folder, is_there, typed_path
from tui.widgets.key_bar import KeyBar
from tui.wording import say

if TYPE_CHECKING:
    from PIL import Image

_PICTURES_WITHIN_S: Final = 20.0
"""All together: what a host does not answer for is left out."""
_NAME_CHARS: Final = 60
"""Of a photo's name in a proposed one: file systems take 255 bytes, and a letter may have four."""


class SaveScreen(EndingWindow[None]):
    """A format and a file's name."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Close"),
    ]

    def __init__(self, surroundings: Surroundings, search: Search) -> None:
        super().__init__()
        self.given = surroundings
        self._search = search
        self._proposed = ""
        self._note = Static(
            say("Enter saves. Nothing is overwritten."), id="save-note", markup=False
        )

    def compose(self) -> ComposeResult:
        """Formats above, the path below."""
        described = {
            "html": say("a page with pictures, to send to someone"),
            "json": say("all that the service answered, for programs"),
            "png": say("one picture of all products"),
        }
        with Vertical(id="save") as frame:
            frame.border_title = say("Save the result")
            yield OptionList(
                *(Option(f"{form.upper():5} {described[form]}", id=form) for form in FORMATS),
                compact=True,
            )
            yield Input(id="save-path", placeholder=say("file"))
            yield self._note
            yield KeyBar()

    def on_mount(self) -> None:
        """Propose a page beside where the shopper is."""
        self._propose("html")
        self.query_one(OptionList).focus()

    @on(OptionList.OptionHighlighted)
    def _highlight(self, event: OptionList.OptionHighlighted) -> None:
        self._propose(event.option_id or "html")

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        self._propose(event.option_id or "html")
        self._save()

    @on(Input.Submitted)
    def _save(self) -> None:
        path = typed_path(self.query_one(Input).value.strip())
        try:
            path = path.absolute()
        except OSError as error:  # the working folder is removed
            self._tell_refusal(path, error)
            return
        if is_folder(path):
            self._tell(say("A file's name is needed."))
        elif is_there(path):
            self._tell(say("{name} is there already; choose another name.", name=path.name))
        elif (form := format_of(path)) is None:
            self._tell(
                say("{name}: a name that ends in .html, .json or .png is needed.", name=path.name)
            )
        else:
            self.run_worker(self._write(path, form), exclusive=True)

    async def _write(self, path: Path, form: Format) -> None:
        self._tell(say("Saving …"), wrong=False)
        pictures = {} if form == "json" else await self._pictures()
        from tui.export.writing import export

        try:
            marks = dict(self.given.session.marks)
            readable = await asyncio.to_thread(export, self._search, path, form, pictures, marks)
        except OSError as error:
            self._tell_refusal(path, error)
            return
        except ValueError as error:  # a name that can't be one, with a NUL byte in it
            self._tell_refusal(path, OSError(0, str(error)))
            return
        saved = say("Saved: {path}", path=path)
        if readable:
            self.app.notify(saved, markup=False)
        else:
            boxes = say("No font here has all its letters; boxes stand for them. HTML shows all.")
            self.app.notify(f"{saved}\n{boxes}", severity="warning", markup=False)
        self.end()

    async def _pictures(self) -> dict[str, Image.Image]:
        """The products' pictures by their ids, as many as come in time."""
        hits, thumbnails = self._search.answer.hits, self.given.thumbnails
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PICTURES_WITHIN_S):
                await asyncio.gather(*(thumbnails.fetch(hit.product.image_url) for hit in hits))
        came = ((hit.product.id, thumbnails.kept(hit.product.image_url)) for hit in hits)
        return {product_id: picture for product_id, picture in came if picture is not None}

    def _propose(self, form: str) -> None:
        """A name that is free, or what the shopper has typed, with the format's ending."""
        field = self.query_one(Input)
        typed = field.value.strip()
        if typed in ("", self._proposed):
            field.value = self._proposed = self._free_name(form)
        elif Path(typed).name and not is_folder(typed_path(typed)):
            stem = Path(typed) if format_of(Path(typed)) is None else Path(typed).with_suffix("")
            field.value = f"{stem}.{form}"

    def _free_name(self, form: str) -> str:
        question = self._search.question
        name = (
            question.photo.path.stem if isinstance(question, PhotoQuestion) else question.product.id
        )
        safe = "".join(char if char.isalnum() or char in "-_" else "-" for char in name)
        safe = safe[:_NAME_CHARS]
        path, number = Path(f"lookalike-{safe}.{form}"), 2
        while is_there(path):
            path, number = Path(f"lookalike-{safe}-{number}.{form}"), number + 1
        return str(path)

    def _tell_refusal(self, path: Path, error: OSError) -> None:
        reason = error.strerror or say("the disk refuses")
        self._tell(say("{name} can't be written: {reason}", name=path.name, reason=reason))

    def _tell(self, note: str, *, wrong: bool = True) -> None:
        self._note.update(note)
        self._note.set_class(wrong, "-wrong")
