"""What is remembered, and what a broken file costs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui.settings import RECENT_PHOTOS, Settings, load, save


def test_settings_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "new" / "tui.json"
    settings = Settings("lookalike-light", "ko", "table", (Path("/a.jpg"), Path("/b.jpg")))
    save(settings, path)
    assert load(path) == settings
    assert [file.name for file in path.parent.iterdir()] == ["tui.json"]


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"theme": 1}', '{"theme": "x", "language": "xx"}', "null"]
)
def test_a_broken_file_gives_the_defaults(tmp_path: Path, content: str) -> None:
    (tmp_path / "tui.json").write_text(content)
    assert load(tmp_path / "tui.json") == Settings()


def test_a_disk_that_refuses_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    save(Settings(theme="textual-light"), tmp_path / "file" / "tui.json")
    assert load(tmp_path / "file" / "tui.json") == Settings()


def test_recent_photos_are_few_and_each_once() -> None:
    settings = Settings()
    for number in range(20):
        settings = settings.with_photo(Path(f"/{number}.jpg"))
    settings = settings.with_photo(Path("/17.jpg"))
    assert len(settings.recent) == RECENT_PHOTOS
    assert settings.recent[:3] == (Path("/17.jpg"), Path("/19.jpg"), Path("/18.jpg"))
