"""From the command line to the first screen, as soon as can be."""

from __future__ import annotations

import gc
import io
import os
import sys
from typing import Final

from tui.options import Options, PictureKind

_STDIN: Final = 0


def start(options: Options, pictures: PictureKind) -> int:
    """Run the application to its end; its exit status.

    Raises:
        SystemExit: there is no terminal to read keys from; with a line on stderr.
    """
    gc.disable()  # What a start makes is there to stay: looking through it finds nothing.
    from tui.app import LookalikeApp
    from tui.pictures import canvas

    if not os.isatty(_STDIN):  # Textual would wait for keys for ever, and keep a core busy.
        sys.exit(
            "The terminal UI needs a terminal, and its input is none: "
            "`ssh -t` and `docker run -it` give it one."
        )
    if isinstance(sys.__stderr__, io.TextIOWrapper):
        # Textual draws on it. Terminals speak UTF-8 whatever an old locale says; in that of the
        # locale half-blocks would come out as escapes.
        sys.__stderr__.reconfigure(encoding="utf-8")
    app = LookalikeApp(options, canvas(pictures), once_shown=_collect_from_now_on)
    app.run()
    return app.return_code or 0


def _collect_from_now_on() -> None:
    """Leave out what the start has made: a collection of all of it would hold a key up."""
    gc.freeze()
    gc.enable()
