"""How the interface was started."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from lookalike.contract.addresses import DEFAULT_URL
from lookalike.contract.subjects import DEFAULT_NATS_URL
from tui import settings
from tui.wording import Language

Transport = Literal["http", "nats"]
PictureKind = Literal["auto", "kitty", "sixel", "half-blocks"]


@dataclass(frozen=True, slots=True)
class Options:
    """`url` is http:// or nats://; `images_url` the HTTP door that relative pictures come from.

    `language` None: the remembered one, else the locale's. `data` is where demo photos lie.
    """

    photo: Path | None = None
    url: str = DEFAULT_URL
    images_url: str = DEFAULT_URL
    nats_url: str = DEFAULT_NATS_URL
    deadline_s: float = 20.0
    api_key: str | None = field(default=None, repr=False)
    language: Language | None = None
    demo: bool = False
    data: Path = Path("data")
    settings_path: Path = field(default_factory=settings.default_path)
