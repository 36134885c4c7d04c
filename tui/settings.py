"""What is remembered from one start to the next: theme, language, view, recent photos."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

import platformdirs

from tui.wording import LANGUAGES, Language

RECENT_PHOTOS: Final = 8
DEFAULT_THEME: Final = "lookalike-dark"
_log = logging.getLogger(__name__)


View = Literal["cards", "table"]


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings file's content."""

    theme: str = DEFAULT_THEME
    language: Language | None = None
    view: View = "cards"
    recent: tuple[Path, ...] = ()

    def with_photo(self, path: Path) -> Settings:
        """With a photo as the most recent one."""
        recent = (path, *(other for other in self.recent if other != path))
        return replace(self, recent=recent[:RECENT_PHOTOS])


def default_path() -> Path:
    """Where settings lie for this user."""
    return platformdirs.user_config_path("lookalike") / "tui.json"


def load(path: Path) -> Settings:
    """The settings of a file; the defaults where there is none or it can't be understood."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Settings(
            theme=str(found["theme"]),
            language=found["language"] if found["language"] in LANGUAGES else None,
            view="table" if found["view"] == "table" else "cards",
            recent=tuple(Path(str(photo)) for photo in found["recent"]),
        )
    except (OSError, ValueError, LookupError, TypeError):
        return Settings()


def save(settings: Settings, path: Path) -> None:
    """Write the settings, whole or not at all; a disk that refuses costs no more than them."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(asdict(settings), file, indent=1, default=str)
            Path(part).replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                Path(part).unlink()
            raise
    except OSError as error:
        _log.warning("settings can't be saved at %s: %s", path, error)


class SettingsFile:
    """The settings of a file, which every change is written to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.now = load(path)

    def change(self, **changes: Any) -> None:
        """Change some of them, on disk too."""
        self.now = replace(self.now, **changes)
        save(self.now, self._path)
