"""What workers found out and screens want; `tui.app` alone acts on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from lookalike.contract.errors import LookalikeError
from tui.search.crop_box import Box
from tui.search.photo import Photo
from tui.search.question import Answer, Question

if TYPE_CHECKING:
    from lookalike.contract.schemas import ProductReply


@dataclass
class PhotoChosen(Message):
    """The shopper picked a file."""

    path: Path
    box: Box | None = None


@dataclass
class PhotoLoaded(Message):
    """It is a photo."""

    photo: Photo
    box: Box | None


@dataclass
class PhotoRefused(Message):
    """It can't be used."""

    path: Path
    error: OSError | LookalikeError


@dataclass
class Suggested(Message):
    """The service suggests boxes, the likeliest garment first."""

    photo: Photo
    boxes: Sequence[Box]


@dataclass
class SuggestionsFailed(Message):
    """It suggests none."""

    photo: Photo
    error: LookalikeError


class InFront(Message):
    """One of the session's screens is in front, or is so again, or its keys go elsewhere."""


class SearchWanted(Message):
    """Ask what the session holds."""


@dataclass
class Answered(Message):
    """An answer came."""

    question: Question
    answer: Answer


@dataclass
class Failed(Message):
    """None came, or an error."""

    question: Question
    error: LookalikeError


@dataclass
class MoreLike(Message):
    """Search for what looks like a product."""

    product: ProductReply


@dataclass
class LinkWanted(Message):
    """Open a product's page in the browser, or with `copy` put its address on the clipboard."""

    product: ProductReply
    copy: bool = False
