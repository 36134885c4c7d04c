"""Choose a photo."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import DirectoryTree, Input, OptionList
from textual.widgets.option_list import Option

from lookalike.contract.errors import LookalikeError
from lookalike.plain_text import plain
from tui.messages import PhotoChosen, PhotoRefused
from tui.screens.session_screen import SessionScreen, Surroundings
from tui.search.dropped_path import dropped_path
from tui.search.session import SearchSession
from tui.search.typed_path import is_file, is_folder
from tui.widgets.key_bar import KeyBar
from tui.widgets.path_input import PathInput
from tui.widgets.photo_tree import PhotoTree
from tui.widgets.picture_box import PictureBox
from tui.widgets.status_line import StatusLine
from tui.widgets.title_bar import TitleBar
from tui.wording import say

if TYPE_CHECKING:
    from PIL import Image

_PREVIEW_PX = 640


class ChooseScreen(SessionScreen):
    """A path typed or pasted, a file of the tree, or a photo of last time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.close_chooser", "Back"),
        Binding("ctrl+up", "parent", "Folder above"),
    ]

    def __init__(self, surroundings: Surroundings, folder: Path, recent: Sequence[Path]) -> None:
        super().__init__(surroundings)
        self._folder = folder
        self._recent = recent

    def compose(self) -> ComposeResult:
        """The path on top, files at the left, preview and recent photos at the right."""
        yield TitleBar()
        path = PathInput(placeholder=say("Type or paste a path, or drop a photo here"))
        path.border_title = say("Photo")
        yield path
        with Horizontal(id="choose"):
            tree = PhotoTree(self._folder)
            tree.border_title = say("Photos here")
            yield tree
            with Vertical(id="choose-side"):
                preview = PictureBox(
                    self.given.canvas,
                    placeholder=say("A photo shows here before you take it."),
                    widget_id="preview",
                )
                preview.border_title = say("Preview")
                yield preview
                recent = OptionList(
                    *(Option(plain(p.name), id=str(at)) for at, p in enumerate(self._recent)),
                    id="recent",
                    compact=True,
                    markup=False,
                )
                recent.border_title = say("Recent")
                recent.display = bool(self._recent)
                yield recent
        yield StatusLine()
        yield KeyBar()

    def on_mount(self) -> None:
        """The tree has the keys."""
        self.query_one(PhotoTree).focus()

    def show_session(self, session: SearchSession) -> None:
        """Show what is wrong with a photo, if anything is."""
        self.query_one(TitleBar).show(say("Choose a photo"))
        self.query_one(StatusLine).show(
            trouble=session.trouble,
            hint=say("Enter takes a photo. Tab goes on to the next part."),
        )

    @on(DirectoryTree.NodeHighlighted)
    def _highlight_file(self, event: DirectoryTree.NodeHighlighted[object]) -> None:
        path = getattr(event.node.data, "path", None)
        self._preview(path if isinstance(path, Path) and is_file(path) else None)

    @on(OptionList.OptionHighlighted)
    def _highlight_recent(self, event: OptionList.OptionHighlighted) -> None:
        if self.query_one("#recent").has_focus:
            self._preview(self._recent[event.option_index])

    @on(DirectoryTree.FileSelected)
    def _take_file(self, event: DirectoryTree.FileSelected) -> None:
        self.post_message(PhotoChosen(event.path))

    @on(OptionList.OptionSelected)
    def _take_recent(self, event: OptionList.OptionSelected) -> None:
        self.post_message(PhotoChosen(self._recent[event.option_index]))

    @on(Input.Submitted)
    def _take_path(self, event: Input.Submitted) -> None:
        path = dropped_path(event.value)
        if path is not None and is_folder(path):
            try:
                path = path.absolute()
            except OSError as error:  # the working folder is removed
                self.post_message(PhotoRefused(path, error))
                return
            if os.access(path, os.R_OK | os.X_OK):
                self._open(path)
            else:
                self.post_message(PhotoRefused(path, PermissionError()))
        elif path is not None:
            self.post_message(PhotoChosen(path))

    def action_parent(self) -> None:
        """Show the folder above."""
        self._open(self._folder.resolve().parent)

    def _open(self, folder: Path) -> None:
        self._folder = folder
        tree = self.query_one(PhotoTree)
        tree.path = folder
        tree.focus()

    def _preview(self, path: Path | None) -> None:
        if path is None:
            self.workers.cancel_group(self, "preview")
            box = self.query_one("#preview", PictureBox)
            box.show(None, say("A photo shows here before you take it."))
        else:
            self.run_worker(self._load_preview(path), group="preview", exclusive=True)

    async def _load_preview(self, path: Path) -> None:
        box = self.query_one("#preview", PictureBox)
        try:
            box.show(await asyncio.to_thread(_preview_of, path))
        except (OSError, LookalikeError):
            box.show(None, say("no photo"))


def _preview_of(path: Path) -> Image.Image:
    from tui.search.photo_file import read_photo, upright_rgb

    return upright_rgb(read_photo(path), _PREVIEW_PX)
