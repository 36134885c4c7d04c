"""Which screens are in front."""

from __future__ import annotations

from textual.app import App
from textual.screen import Screen
from textual.widgets import Input, OptionList

from tui.screens.asking_screen import AskingScreen
from tui.screens.choose import ChooseScreen
from tui.screens.session_screen import Surroundings
from tui.search.typed_path import home_folder, is_folder, working_folder
from tui.settings import SettingsFile

_FIRST = 1
"""Where in the stack our first screen is: below it is Textual's own, which can't be replaced."""


class Front:
    """Puts screens in front and takes them away; those that no start shows are loaded late."""

    def __init__(self, app: App[None], given: Surroundings, settings: SettingsFile) -> None:
        self._app = app
        self._given = given
        self._settings = settings
        self._asked_from: tuple[Input, str] | None = None

    async def begin(self, *, with_photo: bool) -> None:
        """The first screen: for a photo that is being read, or to choose one."""
        await self._app.push_screen(self._looker() if with_photo else self._chooser())

    async def to_photo(self) -> None:
        """The photo, whatever was there."""
        from tui.screens.look import LookScreen

        await self._close_all_but_first()
        if not isinstance(self._app.screen, LookScreen):
            await self._app.switch_screen(self._looker())

    async def to_results(self) -> None:
        """The answers, above the photo."""
        from tui.screens.results import ResultsScreen

        if not self.shows_results:
            await self._app.push_screen(ResultsScreen(self._given, self._settings))

    @property
    def shows_results(self) -> bool:
        """Whether the answers are above the photo, whatever is above them."""
        from tui.screens.results import ResultsScreen

        return any(isinstance(screen, ResultsScreen) for screen in self._app.screen_stack)

    def take_typed(self) -> bool:
        """Have the session ask with what stands in the fields; False where that can't be."""
        asking = [each for each in self._app.screen_stack if isinstance(each, AskingScreen)]
        return bool(asking) and asking[-1].take_typed()

    def asked(self) -> None:
        """A question goes out: the field that it was asked from may be left for its answer."""
        self._asked_from = self._field

    @property
    def _field(self) -> tuple[Input, str] | None:
        """The field that has the keys, and what stands in it."""
        focused = self._app.screen.focused
        return (focused, focused.value) if isinstance(focused, Input) else None

    @property
    def takes_answers(self) -> bool:
        """Whether the photo or an answer is in front, not a choice, help or another window.

        Not the photo while something is typed or chosen beside it: the keys would act on products.
        """
        screen = self._app.screen
        if not isinstance(screen, AskingScreen):
            return False
        in_a_list = isinstance(screen.focused, OptionList)
        return self.shows_results or (not in_a_list and self._field in (None, self._asked_from))

    def choose(self) -> None:
        """The choice of a photo, above what is there."""
        if not isinstance(self._app.screen, ChooseScreen):
            self._app.push_screen(self._chooser())

    def close_chooser(self) -> None:
        """Back to where the shopper came from, if anywhere."""
        if self.covers_another:
            self._app.pop_screen()

    @property
    def covers_another(self) -> bool:
        """Whether there is one of our screens to go back to."""
        return len(self._app.screen_stack) > _FIRST + 1

    def help(self) -> None:
        """The keys that work here; once more closes them."""
        from tui.screens.help import HelpScreen

        if isinstance(self._app.screen, HelpScreen):
            self._app.screen.dismiss()
        else:
            self._app.push_screen(HelpScreen(self._app.screen))

    async def begin_anew(self) -> None:
        """The first screen as it is composed now; all others are closed."""
        await self._close_all_but_first()
        self._given.session.look_at_photo()
        known = self._given.session.photo is not None
        await self._app.switch_screen(self._looker() if known else self._chooser())

    async def _close_all_but_first(self) -> None:
        while self.covers_another:
            await self._app.pop_screen()

    def _chooser(self) -> ChooseScreen:
        photo = self._given.session.photo
        folder = photo.path.parent if photo else working_folder()
        if not is_folder(folder):
            folder = home_folder()
        return ChooseScreen(self._given, folder, self._settings.now.recent)

    def _looker(self) -> Screen[None]:
        from tui.screens.look import LookScreen

        return LookScreen(self._given)
