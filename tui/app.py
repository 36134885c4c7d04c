"""The application: it owns the session, and alone changes it when messages say so."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, ClassVar

from textual import events, on
from textual.app import App
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.signal import Signal

from lookalike.contract.errors import UnavailableError
from lookalike.contract.subjects import without_login
from tui import workers
from tui.connection import Connection
from tui.demo import Demo
from tui.front import Front
from tui.korean_keyboard import KoreanKeyboardApp
from tui.menu import MenuCommands
from tui.messages import (
    Answered,
    Failed,
    InFront,
    MoreLike,
    PhotoChosen,
    PhotoLoaded,
    PhotoRefused,
    SearchWanted,
    Suggested,
    SuggestionsFailed,
)
from tui.options import Options
from tui.product_pages import ProductPages
from tui.screens.session_screen import Surroundings
from tui.search.dropped_path import dropped_path
from tui.search.photo import Photo
from tui.search.question import ProductQuestion, Question
from tui.search.request_text import as_curl, as_nats
from tui.search.session import SearchSession
from tui.search.trouble import told, unreadable
from tui.search.typed_path import is_file
from tui.settings import SettingsFile
from tui.themed import ThemedApp
from tui.thumbnails import Thumbnails
from tui.widgets.picture_box import Canvas
from tui.wording import Language, language_of_locale, say, speak


class LookalikeApp(ProductPages, ThemedApp, MenuCommands, KoreanKeyboardApp, App[None]):
    """Workers and screens post messages; the handlers here change the session."""

    TITLE = "lookalike"
    CSS_PATH = Path(__file__).with_name("app.tcss")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012  (Textual's is no ClassVar)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r", "retry", "Search again", show=False),
        Binding("ctrl+o", "choose", "Choose photo", show=False),
        Binding("f1", "help", "Help", priority=True),
        Binding("ctrl+q", "quit", "Quit", priority=True),
    ]

    def __init__(
        self, options: Options, canvas: Canvas, *, once_shown: Callable[[], None] = lambda: None
    ) -> None:
        """`once_shown` is called when the first screen is drawn."""
        self.settings = SettingsFile(options.settings_path)
        speak(options.language or self.settings.now.language or language_of_locale(os.environ))
        super().__init__()
        self.options = options
        self._once_shown = once_shown
        self.session = SearchSession()
        self._connection = Connection(options)
        self.surroundings = Surroundings(
            self.session,
            Signal(self, "session-changed"),
            canvas,
            Thumbnails(self._connection.pictures),
            _shown(options.url),
        )
        self.front = Front(self, self.surroundings, self.settings)
        self.demo = Demo(self, self.surroundings, options)
        self._boxes_asked_for: Photo | None = None
        self.take_up_theme(self.settings)

    async def on_mount(self) -> None:
        """Show the photo, or the choice of one."""
        if not self.is_headless:
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._end)
            signal.signal(signal.SIGHUP, self._end_without_terminal)
        self.remember_themes(self.settings)
        given = self.options.photo is not None or self.options.demo
        await self.front.begin(with_photo=given)
        self.screen.call_after_refresh(self._once_shown)
        if self.options.photo is not None:
            self.post_message(PhotoChosen(self.options.photo))
        elif self.options.demo:
            self.demo.begin()

    async def on_unmount(self) -> None:
        """Leave nothing behind."""
        await self._connection.aclose()
        await self.demo.stop()

    def _end(self) -> None:
        """Leave as for Ctrl+Q: the terminal as it was, no service left behind."""
        self.exit(return_code=128 + signal.SIGTERM)

    def _end_without_terminal(self, *_: object) -> None:
        """Leave at once: Textual would wait for ever for a terminal that takes what it writes."""
        self.demo.ask_to_end()
        os._exit(128 + signal.SIGHUP)

    def _work(self, work: Coroutine[Any, Any, Message], group: str) -> None:
        """Do it beside the interface, in place of what its group did; its message is posted."""

        async def done() -> None:
            self.post_message(await work)

        self.run_worker(done(), name=group, group=group, exclusive=True)

    # photos

    @on(PhotoChosen)
    def _load_photo(self, event: PhotoChosen) -> None:
        self._work(workers.load(event.path, event.box), "photo")

    @on(PhotoLoaded)
    async def _take_photo(self, event: PhotoLoaded) -> None:
        self._wait_no_longer()
        self.session.take_photo(event.photo, event.box)
        self.settings.change(recent=self.settings.now.with_photo(event.photo.path).recent)
        await self.front.to_photo()
        self._changed()
        self._ask_for_boxes()

    def _ask_for_boxes(self) -> None:
        """Unless they are known, or on their way."""
        photo = self.session.photo
        if photo in (None, self._boxes_asked_for) or self.session.has_suggestions(photo):
            return
        self._boxes_asked_for = photo
        self._work(workers.suggest(self._connection, photo), "suggest")

    @on(PhotoRefused)
    def _refuse_photo(self, event: PhotoRefused) -> None:
        self.session.trouble = unreadable(event.path, event.error)
        self._changed()

    def on_paste(self, event: events.Paste) -> None:
        """A file dropped anywhere is the next photo."""
        path = dropped_path(event.text)
        if path is not None and is_file(path):
            self.post_message(PhotoChosen(path))

    @on(Suggested)
    def _suggest(self, event: Suggested) -> None:
        self._boxes_asked_for = None
        self.session.suggest(event.photo, event.boxes)
        self._changed()

    @on(SuggestionsFailed)
    def _no_suggestions(self, event: SuggestionsFailed) -> None:
        """Said only where a search would fail as well, and none was answered."""
        self._boxes_asked_for = None
        of_this = event.photo is self.session.photo and not self.front.shows_results
        if isinstance(event.error, UnavailableError) and of_this:
            trouble = told(event.error, self.surroundings.address)
            self.session.trouble = trouble
            self._changed()
            if self.options.demo and trouble.no_service:
                self.demo.offer_service()

    # searches

    @on(SearchWanted)
    async def _search(self) -> None:
        await self._ask(self.session.question())

    async def action_retry(self) -> None:
        """Ask again what failed, or what stands in the fields."""
        if self.front.take_typed():
            await self._ask(self.session.question_again())

    @on(MoreLike)
    async def _more_like(self, event: MoreLike) -> None:
        if self.front.take_typed():
            await self._ask(ProductQuestion(event.product, self.session.filters))

    async def _ask(self, question: Question | None) -> None:
        """Send it, unless it is on its way already: an Enter held down asks once."""
        if question is None:
            return
        self.front.asked()
        if question == self.session.running:
            await self._show_where_it_may()
            return
        known = self.session.known_answer(question)
        self.session.begin(question)
        if known is not None:
            self.workers.cancel_group(self, "search")
            self.post_message(Answered(question, known))
        else:
            self._work(workers.search(self._connection, question), "search")
        self._changed()

    @on(Answered)
    async def _take_answer(self, event: Answered) -> None:
        """It is shown at once, or when the shopper is through with what she does meanwhile."""
        self.session.arrive(event.question, event.answer)
        if self.front.takes_answers:
            await self._show_answer()
        else:
            self._changed()

    @on(InFront)
    async def _show_where_it_may(self) -> None:
        if self.session.arrived is not None and self.front.takes_answers:
            await self._show_answer()

    async def _show_answer(self) -> None:
        if self.session.finish():
            await self.front.to_results()
            self._changed()
            self._ask_for_boxes()  # the service may have been away as the photo was taken

    @on(Failed)
    def _show_failure(self, event: Failed) -> None:
        trouble = told(event.error, self.surroundings.address)
        shown = self.front.shows_results
        self.session.fail(event.question, trouble, answer_in_front=shown)
        self._changed()

    async def action_cancel(self) -> None:
        """Wait no longer; for an answer that has come there is no need to."""
        if self.session.arrived is not None:
            await self._show_answer()
        else:
            self._wait_no_longer()

    def _wait_no_longer(self) -> None:
        if self.session.cancel():
            self.workers.cancel_group(self, "search")
            self._changed()

    async def action_travel(self, by: int) -> None:
        """Back or forward through the searches."""
        photo = self.session.photo
        if self.session.travel(by):
            self._wait_no_longer()
            self._changed()
            if self.session.photo is not photo:  # whose boxes may have been cut off, or failed
                self._ask_for_boxes()
        else:
            self.bell()

    # requests

    def action_copy_request(self, tool: str) -> None:
        """The search that is looked at, as a command for a shell, on the clipboard."""
        search = self.session.history.current
        if search is not None:
            question, keyed = search.question, self.options.api_key is not None
            text = (
                as_nats(question, _shown(self.options.nats_url), keyed=keyed)
                if tool == "nats"
                else as_curl(question, self.options.images_url, keyed=keyed)
            )
            self.copy_command(text, "nats req" if tool == "nats" else "curl")

    # screens

    def action_choose(self) -> None:
        """Choose another photo."""
        self.front.choose()

    def action_close_chooser(self) -> None:
        """Back to where the shopper came from, if anywhere."""
        self.front.close_chooser()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No key is offered that would do nothing."""
        return action != "close_chooser" or self.front.covers_another

    def action_help(self) -> None:
        """The keys that work here; the same key closes them again."""
        self.front.help()

    def action_help_quit(self) -> None:
        """Ctrl+C does not leave: in a field it copies."""
        self.notify(say("Ctrl+Q quits."))

    async def choose_language(self, language: Language) -> None:
        """Say everything in another language, from now on."""
        self.settings.change(language=language)
        speak(language)
        await self.front.begin_anew()

    def _changed(self) -> None:
        self.surroundings.changed.publish(self.session)


def _shown(address: str) -> str:
    """An address as it may be shown, whatever was given as one."""
    try:
        return without_login(address)
    except ValueError:
        return address
