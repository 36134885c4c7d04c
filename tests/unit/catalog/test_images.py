"""The image folder gives out what was put in, and nothing else of the disk."""

from __future__ import annotations

import re
import threading
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.images import ImageFolder, is_image_key, media_type
from lookalike.contract.errors import NotFoundError, UnsupportedFormatError
from tests.unit.catalog.making import picture

A_KEY = "0" * 64 + ".jpg"
NO_KEYS = [
    "",
    "../" * 8 + "etc/passwd",
    "/etc/passwd",
    "..",
    A_KEY + "/../../secret",
    "../" + A_KEY,
    A_KEY + "\x00",
    A_KEY + "\n",
    "\x00" + A_KEY,
    A_KEY.upper(),
    "0" * 63 + ".jpg",
    "0" * 65 + ".jpg",
    "0" * 64 + ".svg",
    "0" * 64 + ".jpg.exe",
    "0" * 64,
    "٠" * 64 + ".jpg",
    "０" * 64 + ".jpg",
    "%2e%2e%2f" + A_KEY,
    "..\\" + A_KEY,
]


@pytest.fixture
def folder(tmp_path: Path) -> ImageFolder:
    (tmp_path / "secret").write_bytes(b"secret")
    return ImageFolder(tmp_path / "images")


@pytest.mark.parametrize(
    ("picture_format", "extension", "content_type"),
    [
        ("JPEG", "jpg", "image/jpeg"),
        ("PNG", "png", "image/png"),
        ("WEBP", "webp", "image/webp"),
        ("GIF", "gif", "image/gif"),
        ("BMP", "bmp", "image/bmp"),
    ],
)
def test_a_picture_is_found_under_its_hash_and_real_format(
    folder: ImageFolder, picture_format: str, extension: str, content_type: str
) -> None:
    content = picture(picture_format=picture_format)
    key = folder.put(content)
    assert key == f"{sha256(content).hexdigest()}.{extension}"
    assert folder.get(key) == content
    assert folder.path(key).parts[-3:] == (key[:2], key[2:4], key)
    assert media_type(key) == content_type


def test_the_same_picture_is_kept_once(folder: ImageFolder, tmp_path: Path) -> None:
    assert folder.put(picture()) == folder.put(picture())
    assert len([p for p in (tmp_path / "images").rglob("*") if p.is_file()]) == 1


@pytest.mark.parametrize("content", [b"", b"<svg/>", b"%PDF-1.7", b"RIFF....WAVE", b"\xff\xd8"])
def test_what_is_no_picture_is_refused(folder: ImageFolder, content: bytes) -> None:
    with pytest.raises(UnsupportedFormatError):
        folder.put(content)


@pytest.mark.parametrize("key", NO_KEYS)
def test_what_is_no_key_leads_nowhere(folder: ImageFolder, key: str) -> None:
    assert folder.get(key) is None
    with pytest.raises(NotFoundError):
        folder.path(key)
    with pytest.raises(NotFoundError):
        media_type(key)


@given(st.text() | st.from_regex(r"[0-9a-f]{64}\.(jpg|png|webp|gif|bmp)"))
def test_keys_are_just_those_of_the_documented_form(key: str) -> None:
    documented = re.fullmatch(r"[0-9a-f]{64}\.(jpg|png|webp|gif|bmp)", key) is not None
    assert is_image_key(key) == documented


def test_an_unknown_key_has_no_picture(folder: ImageFolder) -> None:
    assert folder.get(A_KEY) is None


def test_a_picture_is_there_whole_or_not_at_all(folder: ImageFolder) -> None:
    """Readers race many writers of one large picture and never see a part of it."""
    content = picture() + b"\0" * 3_000_000
    key = f"{sha256(content).hexdigest()}.png"
    writers = [threading.Thread(target=folder.put, args=(content,)) for _ in range(4)]
    for writer in writers:
        writer.start()
    seen: set[str | None] = {None}
    while any(writer.is_alive() for writer in writers):
        found = folder.get(key)
        seen.add(None if found is None else sha256(found).hexdigest())
    assert folder.get(key) == content
    assert seen <= {None, sha256(content).hexdigest()}


def test_a_write_that_fails_leaves_nothing_behind(folder: ImageFolder, tmp_path: Path) -> None:
    in_the_way = folder.path(f"{sha256(picture()).hexdigest()}.png")
    in_the_way.mkdir(parents=True)
    with pytest.raises(OSError, match="directory") as failed:
        folder.put(picture())
    assert failed.value.filename == str(tmp_path / "images")
    assert [p for p in (tmp_path / "images").rglob("*") if p.is_file()] == []
