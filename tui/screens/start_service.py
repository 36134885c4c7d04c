"""Offer to start a service where none answers."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, RichLog, Static

from lookalike.plain_text import plain
from tui.local_service import READY, LocalService
from tui.screens.ending_window import EndingWindow
from tui.widgets.key_bar import KeyBar
from tui.wording import say


class StartServiceScreen(EndingWindow[bool]):
    """Yes starts it and shows what it says; dismissed with whether it is ready."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Close")]

    def __init__(self, service: LocalService, address: str) -> None:
        super().__init__()
        self._service = service
        self._address = address
        self._yes = Button(say("Start it"), id="yes", variant="primary", compact=True)
        self._log = RichLog(wrap=True, markup=False)

    def compose(self) -> ComposeResult:
        """The question, two buttons, and room for what the service says."""
        with Vertical(id="start") as frame:
            frame.border_title = say("No service yet")
            yield Static(
                say(
                    "No service answers at {address}. Start one on this machine? The first time "
                    "it draws a demo catalogue, which takes some minutes.",
                    address=self._address,
                ),
                markup=False,
            )
            with Horizontal():
                yield self._yes
                yield Button(say("Not now"), id="no", compact=True)
            yield self._log
            yield KeyBar()

    def on_mount(self) -> None:
        """Enter says yes."""
        self._yes.focus()

    @on(Button.Pressed, "#yes")
    def _start(self) -> None:
        self._yes.disabled = True
        self._log.add_class("-running")
        self.app.run_worker(self._run(), group="service")

    @on(Button.Pressed, "#no")
    def action_leave(self) -> None:
        """Go on without; a service that was begun goes on starting."""
        self.dismiss(False)

    async def _run(self) -> None:
        """Follow the service to its end, as a worker of the app: it outlives this screen."""
        try:
            async for line in self._service.lines():
                self._tell(line)
                if line.startswith(READY):
                    self._ready()
        except OSError:
            self._tell(say("The command `lookalike` is not installed here."))
            return
        self._ended()

    def _ready(self) -> None:
        if self.is_open:
            self.end(True)
        else:
            self.app.notify(say("The service is ready."))

    def _ended(self) -> None:
        self._tell(say("The service has ended."))
        self.stay()
        if self.is_open:
            self._yes.label = say("Try again")
            self._yes.disabled = False
            self._yes.focus()

    def _tell(self, line: str) -> None:
        if self.is_open:
            self._log.write(plain(line))
