"""Pictures by address, from a real server that misbehaves in every way."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.images import ImageFolder
from catalog.importers.connections import AddressRule, PrivateAddressError
from catalog.importers.fetching import FetchError, FetchLimits, HttpPictures
from lookalike.contract.errors import ImageTooLargeError, LookalikeError, UnsupportedFormatError
from lookalike.vision.images import DEFAULT_LIMITS, ImageLimits
from tests.certificates import certificate_for_loopback
from tests.unit.catalog.making import picture
from tests.unit.importers.picture_site import BOOK_BYTES, PictureSite, picture_site

QUICK = FetchLimits(connect_s=5, read_s=1, total_s=2, tries=2, pause_s=0.01)


@pytest.fixture(scope="module")
def site() -> Iterator[PictureSite]:
    with picture_site() as running:
        yield running


@pytest.fixture
def images(tmp_path: Path) -> ImageFolder:
    return ImageFolder(tmp_path / "images")


@pytest.fixture
def pictures(images: ImageFolder, tmp_path: Path) -> Iterator[HttpPictures]:
    limits = ImageLimits(max_bytes=1_000_000)
    with fetching(images, tmp_path, loopback, limits) as opened:
        yield opened


def loopback(address: str) -> bool:
    """Where the site of these tests is; 127.0.0.2 is not."""
    return address == "127.0.0.1"


def fetching(
    images: ImageFolder,
    folder: Path,
    may_reach: AddressRule,
    limits: ImageLimits = DEFAULT_LIMITS,
) -> HttpPictures:
    return HttpPictures(images, folder / "fetched.sqlite", QUICK, limits, may_reach)


def test_a_picture_is_fetched_into_the_folder(
    site: PictureSite, images: ImageFolder, pictures: HttpPictures
) -> None:
    assert images.get(pictures.fetch(f"{site.url}/a.png")) == picture()
    assert images.get(pictures.fetch(f"{site.url}/moved.png")) == picture()


def test_a_picture_is_fetched_once_even_by_a_later_run(
    site: PictureSite, images: ImageFolder, tmp_path: Path
) -> None:
    before = site.asked["/a.png"]
    for _ in range(2):
        with fetching(images, tmp_path, loopback) as pictures:
            assert pictures.fetch(f"{site.url}/a.png") == pictures.fetch(f"{site.url}/a.png")
    assert site.asked["/a.png"] == before + 1


def test_a_passing_failure_is_tried_again(site: PictureSite, pictures: HttpPictures) -> None:
    assert pictures.fetch(f"{site.url}/recovers.png")
    with pytest.raises(FetchError, match="answered 503"):
        pictures.fetch(f"{site.url}/busy")
    assert site.asked["/busy"] == QUICK.tries


def test_a_server_that_says_when_to_come_again_is_left_alone_until_then(
    site: PictureSite, pictures: HttpPictures
) -> None:
    assert pictures.fetch(f"{site.url}/limited.png")
    assert site.asked["/limited.png"] == 2


def test_however_often_it_says_so(site: PictureSite, pictures: HttpPictures) -> None:
    assert pictures.fetch(f"{site.url}/eager.png")
    assert site.asked["/eager.png"] == 5


def test_a_picture_that_is_refused_again_and_again_does_not_hold_up_the_others(
    site: PictureSite, images: ImageFolder, tmp_path: Path
) -> None:
    limits = replace(QUICK, pause_s=0.02, patience_s=2)
    turns = [f"{site.url}/turn/{n}" for n in (2, 5, 8, 11)]
    with (
        HttpPictures(images, tmp_path / "f.sqlite", limits, may_reach=loopback) as pictures,
        ThreadPoolExecutor(4) as threads,
    ):
        assert len(list(threads.map(pictures.fetch, turns))) == 4


@pytest.mark.parametrize("path", ["/an-hour", "/for-ever"])
def test_one_that_asks_for_too_long_is_asked_nothing_more(
    site: PictureSite, pictures: HttpPictures, path: str
) -> None:
    asked = site.asked[path], site.asked["/a.png"]
    for picture_of_it in (path, path, "/a.png"):
        with pytest.raises(FetchError, match=r"asks to be left alone for [0-9,]+ s"):
            pictures.fetch(site.url + picture_of_it)
    assert (site.asked[path], site.asked["/a.png"]) == (asked[0] + 1, asked[1])


def test_what_says_no_time_is_tried_again_as_any_other(
    site: PictureSite, pictures: HttpPictures
) -> None:
    with pytest.raises(FetchError, match="answered 503"):
        pictures.fetch(f"{site.url}/some-day")
    assert site.asked["/some-day"] == QUICK.tries


def test_of_a_redirect_the_address_alone_is_read(
    site: PictureSite, images: ImageFolder, pictures: HttpPictures
) -> None:
    assert images.get(pictures.fetch(f"{site.url}/moved-with-a-book.png")) == picture()
    assert site.book_sent < BOOK_BYTES // 2


@pytest.mark.parametrize("path", ["/drips-headers.png", "/drips"])
def test_a_server_gains_no_time_by_saying_little_at_once(
    site: PictureSite, images: ImageFolder, tmp_path: Path, path: str
) -> None:
    with fetching(images, tmp_path, loopback) as pictures:
        with pytest.raises(FetchError, match="more than 2 s"):
            pictures.fetch(site.url + path)
        assert pictures.fetch(f"{site.url}/a.png"), "the next one has its own time"


def test_nor_over_an_encrypted_connection(
    images: ImageFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = certificate_for_loopback(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    limits = replace(QUICK, total_s=1)
    with (
        picture_site((certificate, key)) as site,
        HttpPictures(images, tmp_path / "f.sqlite", limits, may_reach=loopback) as pictures,
        pytest.raises(FetchError, match="more than 1 s"),
    ):
        pictures.fetch(f"{site.url}/drips-headers.png")


@pytest.mark.parametrize(
    ("path", "error", "reason"),
    [
        ("/absent", FetchError, "answered 404"),
        ("/text", UnsupportedFormatError, "no JPEG"),
        ("/endless", ImageTooLargeError, "more than the 1,000,000 bytes"),
        ("/claims-too-much", ImageTooLargeError, "more than the 1,000,000 bytes"),
        ("/drips", FetchError, "more than 2 s"),
        ("/silent", FetchError, "took too long"),
        ("/round", FetchError, "from one address to the next"),
        ("/file", FetchError, "no http or https address"),
        ("/nowhere", FetchError, "no http or https address"),
    ],
)
def test_what_is_no_picture_in_time_is_told(
    site: PictureSite, pictures: HttpPictures, path: str, error: type[LookalikeError], reason: str
) -> None:
    with pytest.raises(error, match=reason):
        pictures.fetch(site.url + path)


def test_a_server_that_is_not_there_is_told(pictures: HttpPictures) -> None:
    with pytest.raises(FetchError, match="can't be reached"):
        pictures.fetch("http://127.0.0.1:1/a.png")
    with pytest.raises(FetchError, match="no http or https address"):
        pictures.fetch("file:///etc/passwd")


@pytest.mark.parametrize("host", ["shop..example", f"{'a' * 70}.example", "xn--a.example"])
def test_a_host_that_no_name_can_have_is_told(pictures: HttpPictures, host: str) -> None:
    with pytest.raises(FetchError, match="no http or https address"):
        pictures.fetch(f"http://{host}/1.jpg")


def test_what_nobody_foresaw_costs_its_picture_alone(
    site: PictureSite, images: ImageFolder, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_address: str) -> bool:
        raise RuntimeError("a library's own trouble")

    with (
        fetching(images, tmp_path, broken) as pictures,
        pytest.raises(FetchError, match="the log says where"),
    ):
        pictures.fetch(f"{site.url}/a.png")
    assert "a library's own trouble" in caplog.text


def test_the_own_network_is_not_asked(
    site: PictureSite, images: ImageFolder, tmp_path: Path
) -> None:
    port = site.server_address[1]
    before = site.asked.total()
    with HttpPictures(images, tmp_path / "fetched.sqlite", QUICK) as pictures:
        for host in ("127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"):
            with pytest.raises(PrivateAddressError, match="inside the own network"):
                pictures.fetch(f"http://{host}:{port}/a.png")
    assert site.asked.total() == before


def test_a_redirect_into_the_own_network_is_not_followed(
    site: PictureSite, pictures: HttpPictures
) -> None:
    before = site.asked["/a.png"]
    with pytest.raises(PrivateAddressError, match="inside the own network"):
        pictures.fetch(f"{site.url}/inside")
    assert site.asked["/inside"] == 1
    assert site.asked["/a.png"] == before


def test_a_name_that_resolves_differently_when_connected_to_is_found_out(
    site: PictureSite, images: ImageFolder, tmp_path: Path
) -> None:
    answers = iter((True, False))
    asked_of: list[str] = []

    def rebound(address: str) -> bool:
        asked_of.append(address)
        return next(answers)

    before = site.asked.total()
    with (
        fetching(images, tmp_path, rebound) as pictures,
        pytest.raises(PrivateAddressError, match="inside the own network"),
    ):
        pictures.fetch(f"{site.url}/a.png")
    assert asked_of == ["127.0.0.1", "127.0.0.1"]
    assert site.asked.total() == before


@pytest.mark.parametrize("path", ["/silent", "/half.bmp"])
def test_a_fetch_that_is_given_up_ends_although_its_server_does_not(
    site: PictureSite, images: ImageFolder, tmp_path: Path, path: str
) -> None:
    with fetching(images, tmp_path, loopback) as pictures:
        _given_up(pictures, site, path)
        with pytest.raises(FetchError, match="was given up"):
            pictures.fetch(f"{site.url}/a.png")
    assert not list((tmp_path / "images").rglob("*")), "nothing is kept of half a picture"


def test_an_encrypted_fetch_is_given_up_too(
    images: ImageFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = certificate_for_loopback(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with picture_site((certificate, key)) as site, fetching(images, tmp_path, loopback) as pictures:
        assert site.url.startswith("https:")
        _given_up(pictures, site, "/silent")


def _given_up(pictures: HttpPictures, site: PictureSite, path: str) -> None:
    """Give up a fetch that waits for a server that says nothing (more)."""
    site.silence.clear()
    before = site.asked[path]
    with ThreadPoolExecutor(1) as pool:
        fetched = pool.submit(pictures.fetch, site.url + path)
        assert site.silence.wait(60)
        pictures.give_up()
        with pytest.raises(FetchError, match="was given up"):
            fetched.result()
    assert site.asked[path] == before + 1
