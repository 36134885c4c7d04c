"""What went wrong, in one friendly line with what to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lookalike.contract.errors import (
    BadCropError,
    BadImageError,
    BadRequestError,
    DeadlineError,
    ForbiddenError,
    ImageTooLargeError,
    LookalikeError,
    NotFoundError,
    OverloadedError,
    RateLimitedError,
    UnauthorizedError,
    UnavailableError,
    UnsupportedFormatError,
)
from lookalike.plain_text import plain
from tui.wording import say


@dataclass(frozen=True, slots=True)
class Trouble:
    """`line` says what happened, `advice` what to do, if it does not say so itself.

    `retry`: the same again may help; `no_service`: none is there, so that one may be started.
    """

    line: str
    advice: str
    retry: bool = False
    no_service: bool = False


def told(error: LookalikeError, address: str) -> Trouble:
    """An answer that is an error; `address` is where the service was looked for."""
    match error:
        case UnavailableError():
            return _unavailable(error, address)
        case DeadlineError():
            return Trouble(
                say("The service took too long."),
                say("Try again, or allow it longer with --deadline."),
                retry=True,
            )
        case RateLimitedError():
            return Trouble(
                say("You have asked too often."), say("Try again in a moment."), retry=True
            )
        case UnauthorizedError():
            return Trouble(
                say("The service asks for an API key that counts."),
                say("Set LOOKALIKE_API_KEY to one, and start again."),
            )
        case ForbiddenError():
            return Trouble(
                say("The service refuses this: {reason}.", reason=plain(error.message)),
                say("Another API key or address may do."),
            )
        case OverloadedError():
            return Trouble(
                say("The service has too much to do right now."),
                say("Try again in a moment."),
                retry=True,
            )
        case UnsupportedFormatError():
            return Trouble(
                say("That file is no photo."),
                say("Choose a JPEG, PNG, WebP, GIF or BMP."),
            )
        case BadImageError():
            return Trouble(
                say("The photo is broken or cut off."), say("Save it anew, or choose another one.")
            )
        case ImageTooLargeError():
            return Trouble(
                say("The photo is too large: {reason}.", reason=plain(error.message)),
                say("Make it smaller first."),
            )
        case BadCropError():
            return Trouble(
                say("The service refuses this box."),
                say("Draw one inside the photo, at least 8 × 8 pixels."),
            )
        case NotFoundError():
            return Trouble(
                say("That product is no longer in the catalogue."), say("Search anew to go on.")
            )
        case BadRequestError():
            return Trouble(
                say("The service refuses this: {reason}.", reason=plain(error.message)),
                say("Change it and try again."),
            )
    return Trouble(
        say("Something went wrong at {address}.", address=address),
        say("Is it a lookalike service of this version? Its log knows more."),
        retry=True,
    )


def _unavailable(error: UnavailableError, address: str) -> Trouble:
    from lookalike.client.unreachable import UnreachableError  # whoever got one has loaded it

    if isinstance(error, UnreachableError):
        return Trouble(
            say("No service answers at {address}.", address=address),
            say("Start one with `lookalike up`, or give another --url."),
            retry=True,
            no_service=True,
        )
    line = say("No search is possible now: {reason}.", reason=plain(error.message))
    return Trouble(line, "", retry=True)


def unreadable(path: Path, error: OSError | LookalikeError) -> Trouble:
    """A photo that can't be opened."""
    name = plain(path.name) or str(path)
    match error:
        case FileNotFoundError():
            return Trouble(say("There is no file {name}.", name=name), say("Check the path."))
        case IsADirectoryError():
            return Trouble(say("{name} is a folder.", name=name), say("Choose a photo inside it."))
        case PermissionError():
            return Trouble(
                say("{name} may not be read.", name=name), say("Check who may read the file.")
            )
        case LookalikeError():
            return told(error, "")
    return Trouble(say("{name} can't be read.", name=name), say("Check the path."))
