"""`--demo`: a drawn street photo, and a service of this machine where none answers."""

from __future__ import annotations

import json
from pathlib import Path

from textual.app import App

from tui.local_service import LocalService, command_for
from tui.messages import PhotoChosen, PhotoLoaded
from tui.options import Options
from tui.screens.session_screen import Surroundings
from tui.search.crop_box import Box


class Demo:
    """Begins with the demo's photo; offers to start the service that draws it, once."""

    def __init__(self, app: App[None], given: Surroundings, options: Options) -> None:
        self._app = app
        self._given = given
        self._options = options
        self._service: LocalService | None = None

    def begin(self) -> None:
        """Take the photo; where there is none yet, the service draws it."""
        found = demo_photo(self._options.data)
        if found is None:
            self.offer_service()
        else:
            self._app.post_message(PhotoChosen(*found))

    def offer_service(self) -> None:
        """Offer to start a service, unless it would be elsewhere or was offered before."""
        from tui.screens.start_service import StartServiceScreen

        command = command_for(self._options.images_url, self._options.data)
        if command is not None and self._service is None:
            self._service = LocalService(command)
            screen = StartServiceScreen(self._service, self._given.address)
            self._app.push_screen(screen, self._go_on)

    def ask_to_end(self) -> None:
        """Ask the service that was started here to end, and wait for nothing."""
        if self._service is not None:
            self._service.ask_to_end()

    async def stop(self) -> None:
        """End the service that was started here, if one was."""
        if self._service is not None:
            await self._service.stop()

    def _go_on(self, ready: bool | None) -> None:
        photo, box = self._given.session.photo, self._given.session.box
        if ready and photo is None:
            self.begin()
        elif ready and photo is not None:
            self._app.post_message(PhotoLoaded(photo, box))


def demo_photo(data: Path) -> tuple[Path, Box] | None:
    """The demo's first street photo and the box around its garment, where they are drawn."""
    folder = data / "street"
    try:
        photo = json.loads((folder / "street.json").read_text(encoding="utf-8"))["photos"][0]
        crop = photo["crop"]
        box = Box(crop["x"], crop["y"], crop["width"], crop["height"])
        return folder / photo["photo"], box
    except (OSError, ValueError, LookupError, TypeError):
        return None
