"""The application: it owns the session, asks the service, and puts screens in front.

Screens that no start shows first are loaded when they are needed.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on
from textual.app import App
from textual.binding import Binding, BindingType
from textual.signal import Signal

from lookalike.contract.errors import LookalikeError, UnavailableError
from lookalike.contract.subjects import without_login
from tui import settings as settings_file
from tui.connection import connect
from tui.demo import demo_photo
from tui.local_service import LocalService, command_for
from tui.menu import MenuCommands
from tui.messages import (
    Answered,
    Failed,
    LinkWanted,
    MoreLike,
    PhotoChosen,
    PhotoLoaded,
    PhotoRefused,
    SearchWanted,
    Suggested,
    SuggestionsFailed,
)
from tui.options import Options
from tui.screens.choose import ChooseScreen
from tui.screens.look import LookScreen
from tui.screens.session_screen import Surroundings
from tui.search.crop_box import of_reply
from tui.search.dropped_path import dropped_path
from tui.search.photo import Photo, load_photo
from tui.search.question import Question, ask
from tui.search.request_text import as_curl, as_nats
from tui.search.session import SearchSession
from tui.search.trouble import told, unreadable
from tui.search.web_address import is_web
from tui.themes import THEMES
from tui.thumbnails import Thumbnails
from tui.widgets.picture_box import Canvas
from tui.wording import Language, language_of_locale, say, speak

if TYPE_CHECKING:
    from lookalike.client import SearchClient
    from tui.connection import Connection

_FIRST = 1
"""Where in the stack our first screen is: below it is Textual's own, which can't be replaced."""


class LookalikeApp(MenuCommands, App[None]):
    """Workers and screens post messages; the handlers here change the session."""

    TITLE = "lookalike"
    CSS_PATH = Path(__file__).with_name("app.tcss")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012  (Textual's is no ClassVar)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r", "retry", "Search again", show=False),
        Binding("ctrl+o", "choose", "Choose photo", show=False),
        Binding("f1", "help", "Help", priority=True),
        Binding("ctrl+q", "quit", "Quit", priority=True, show=False),
    ]

    def __init__(self, options: Options, canvas: Canvas) -> None:
        self.settings = settings_file.load(options.settings_path)
        speak(options.language or self.settings.language or language_of_locale(os.environ))
        super().__init__()
        self.options = options
        self.session = SearchSession()
        self._resources = AsyncExitStack()
        self._connection: Connection | None = None
        self._connecting = asyncio.Lock()
        self._service: LocalService | None = None
        self.surroundings = Surroundings(
            self.session,
            Signal(self, "session-changed"),
            canvas,
            Thumbnails(lambda: self._connected().pictures),
            _shown(options.url),
        )
        for theme in THEMES:
            self.register_theme(theme)

    async def on_mount(self) -> None:
        """Take up the remembered theme, and show the photo or the choice of one."""
        known = self.settings.theme in self.available_themes
        self.theme = self.settings.theme if known else settings_file.DEFAULT_THEME
        self.theme_changed_signal.subscribe(self, lambda theme: self.remember(theme=theme.name))
        given = self.options.photo is not None or self.options.demo
        await self.push_screen(LookScreen(self.surroundings) if given else self._chooser())
        if self.options.photo is not None:
            self.post_message(PhotoChosen(self.options.photo))
        elif self.options.demo:
            self._take_demo_photo()

    async def on_unmount(self) -> None:
        """Leave nothing behind."""
        await self._resources.aclose()
        if self._service is not None:
            await self._service.stop()

    # photos

    @on(PhotoChosen)
    def _load_photo(self, event: PhotoChosen) -> None:
        self.run_worker(self._loaded(event), group="photo", exclusive=True)

    async def _loaded(self, event: PhotoChosen) -> None:
        try:
            photo = await asyncio.to_thread(load_photo, event.path)
        except (OSError, LookalikeError) as error:
            self.post_message(PhotoRefused(event.path, error))
        else:
            self.post_message(PhotoLoaded(photo, event.box))

    @on(PhotoLoaded)
    async def _take_photo(self, event: PhotoLoaded) -> None:
        self.action_cancel()
        self.session.take_photo(event.photo, event.box)
        self.remember(recent=self.settings.with_photo(event.photo.path.absolute()).recent)
        await self._to_photo()
        self.run_worker(self._suggested(event.photo), group="suggest", exclusive=True)

    @on(PhotoRefused)
    def _refuse_photo(self, event: PhotoRefused) -> None:
        self.session.trouble = unreadable(event.path, event.error)
        self._changed()

    async def _suggested(self, photo: Photo) -> None:
        try:
            client = await self._client()
            boxes = [of_reply(box) for box in (await client.crops(photo.content)).crops]
        except LookalikeError as error:
            self.post_message(SuggestionsFailed(photo, error))
        else:
            self.post_message(Suggested(photo, boxes))

    @on(Suggested)
    def _suggest(self, event: Suggested) -> None:
        self.session.suggest(event.photo, event.boxes)
        self._changed()

    @on(SuggestionsFailed)
    def _no_suggestions(self, event: SuggestionsFailed) -> None:
        """Said only where a search would fail as well."""
        if isinstance(event.error, UnavailableError) and event.photo is self.session.photo:
            self.session.trouble = told(event.error, self._address)
            self._changed()
            if self.options.demo:
                self._offer_service()

    async def _to_photo(self) -> None:
        """The photo in front, whatever was there."""
        await self._close_all_but_first()
        if isinstance(self.screen, LookScreen):
            self._changed()
        else:
            await self.switch_screen(LookScreen(self.surroundings))

    async def _close_all_but_first(self) -> None:
        while len(self.screen_stack) > _FIRST + 1:
            await self.pop_screen()

    # searches

    @on(SearchWanted)
    def action_retry(self) -> None:
        """Ask what the session holds."""
        question = self.session.question()
        if question is None:
            return
        known = self.session.known_answer(question)
        self.session.begin(question)
        if known is not None:
            self.post_message(Answered(question, known))
        else:
            self.run_worker(self._asked(question), group="search", exclusive=True)
        self._changed()

    async def _asked(self, question: Question) -> None:
        try:
            answer = await ask(await self._client(), question)
        except LookalikeError as error:
            self.post_message(Failed(question, error))
        else:
            self.post_message(Answered(question, answer))

    @on(Answered)
    async def _show_answer(self, event: Answered) -> None:
        if self.session.finish(event.question, event.answer):
            await self._to_results()

    @on(Failed)
    def _show_failure(self, event: Failed) -> None:
        self.session.fail(event.question, told(event.error, self._address))
        self._changed()

    async def _to_results(self) -> None:
        from tui.screens.results import ResultsScreen

        if not any(isinstance(screen, ResultsScreen) for screen in self.screen_stack):
            screen = ResultsScreen(
                self.surroundings, self.settings.view, lambda chosen: self.remember(view=chosen)
            )
            await self.push_screen(screen)
        self._changed()

    @on(MoreLike)
    def _more_like(self, event: MoreLike) -> None:
        self.session.about = event.product
        self.action_retry()

    def action_cancel(self) -> None:
        """Wait no longer."""
        if self.session.cancel():
            self.workers.cancel_group(self, "search")
            self._changed()

    async def action_travel(self, by: int) -> None:
        """Back or forward through the searches."""
        self.action_cancel()
        if self.session.travel(by):
            self._changed()
        else:
            self.bell()

    # products and requests

    @on(LinkWanted)
    def _link(self, event: LinkWanted) -> None:
        address = event.product.item_url
        if not is_web(address):
            self.notify(say("This product's page is no web address."), severity="warning")
        elif event.copy:
            self.copy_to_clipboard(address)
            self.notify(say("Link copied."))
        else:
            self.open_url(address)

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
            self.copy_to_clipboard(text)
            self.notify(say("Copied as {tool}.", tool="nats req" if tool == "nats" else "curl"))

    # screens

    def action_choose(self) -> None:
        """Choose another photo."""
        if not isinstance(self.screen, ChooseScreen):
            self.push_screen(self._chooser())

    def _chooser(self) -> ChooseScreen:
        photo = self.session.photo
        folder = photo.path.parent if photo else Path()
        return ChooseScreen(self.surroundings, folder, self.settings.recent)

    def action_close_chooser(self) -> None:
        """Back to where the shopper came from, if anywhere."""
        if len(self.screen_stack) > _FIRST + 1:
            self.pop_screen()

    def action_help(self) -> None:
        """The keys that work here; the same key closes them again."""
        from tui.screens.help import HelpScreen

        if isinstance(self.screen, HelpScreen):
            self.screen.dismiss()
        else:
            self.push_screen(HelpScreen(self.screen))

    def on_paste(self, event: events.Paste) -> None:
        """A file dropped anywhere is the next photo."""
        path = dropped_path(event.text)
        if path is not None and path.is_file():
            self.post_message(PhotoChosen(path))

    # demo

    def _take_demo_photo(self) -> None:
        found = demo_photo(self.options.data)
        if found is None:
            self._offer_service()
        else:
            self.post_message(PhotoChosen(*found))

    def _offer_service(self) -> None:
        from tui.screens.start_service import StartServiceScreen

        command = command_for(self.options.images_url, self.options.data)
        if command is not None and self._service is None:
            self._service = LocalService(command)
            screen = StartServiceScreen(self._service, self._address)
            self.push_screen(screen, self._service_offered)

    def _service_offered(self, ready: bool | None) -> None:
        if ready and self.session.photo is None:
            self._take_demo_photo()
        elif ready and self.session.photo is not None:
            self.post_message(PhotoLoaded(self.session.photo, self.session.box))

    # what lasts

    def remember(self, **changes: Any) -> None:
        """Change the settings, on disk too."""
        self.settings = replace(self.settings, **changes)
        settings_file.save(self.settings, self.options.settings_path)

    async def choose_language(self, language: Language) -> None:
        """Say everything in another language, from now on."""
        self.remember(language=language)
        speak(language)
        photo_known = self.session.photo is not None
        await self._close_all_but_first()
        await self.switch_screen(LookScreen(self.surroundings) if photo_known else self._chooser())

    @property
    def _address(self) -> str:
        """Where the service is, as it may be shown."""
        return self.surroundings.address

    def _changed(self) -> None:
        self.surroundings.changed.publish(self.session)

    def _connected(self) -> Connection:
        assert self._connection is not None
        return self._connection

    async def _client(self) -> SearchClient:
        """The client, made when it is needed first. Raises: UnavailableError."""
        async with self._connecting:
            if self._connection is None:
                try:
                    made = await asyncio.to_thread(connect, self.options)
                except ValueError:
                    raise UnavailableError("the address is none") from None
                self._connection = await made.entered(self._resources)
            return self._connection.search


def _shown(address: str) -> str:
    """An address as it may be shown, whatever was given as one."""
    try:
        return without_login(address)
    except ValueError:
        return address
