"""Rows into the store: good ones in, bad ones told, and only what changed is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal
from unicodedata import normalize

import pytest

from catalog.images import image_key
from catalog.importers.fetching import FetchError
from catalog.importers.importing import RowProblem, import_rows
from catalog.importers.pictures import PictureSource
from catalog.importers.rows import RawRow
from catalog.store import CatalogStore
from tests.unit.catalog.making import picture
from tests.unit.importers.conftest import EUR, Importer


def row(product_id: object, **changed: object) -> dict[str, object]:
    return {"id": product_id, "title": "Hat", "category": "hat", "price": "5", **changed}


def test_good_rows_go_in_and_bad_ones_are_told(importer: Importer) -> None:
    counts = importer.bring(row("a"), row("b", price="-5"), row("", title="x"), row("c"))
    assert (counts.rows, counts.changed, counts.left_out, counts.complete) == (4, 2, 2, False)
    assert importer.store.existing_ids("abc") == {"a", "c"}
    assert importer.problems == [
        RowProblem(2, "b", "price '-5' is negative", left_out=True),
        RowProblem(3, "", "id is missing", left_out=True),
    ]


def test_importing_again_writes_only_what_changed(importer: Importer) -> None:
    importer.bring(row("a"), row("b"))
    before = importer.store.version()
    counts = importer.bring(row("a"), row("b", price="6"))
    assert (counts.changed, counts.unchanged) == (1, 1)
    assert [c.product_id for c in importer.store.changes_since(before)] == ["b"]


def test_of_several_rows_with_one_id_the_first_counts(importer: Importer) -> None:
    others = [row(str(n)) for n in range(1_500)]
    counts = importer.bring(row("a", price="1"), row("a", price="2"), *others, row("a", price="3"))
    assert (counts.changed, counts.left_out) == (1_501, 2)
    product = importer.store.get_product("a")
    assert product is not None
    assert product.price_minor == 100
    assert [(p.row, p.reason) for p in importer.problems] == [
        (2, "id 'a' is that of row 1 already"),
        (1_503, "id 'a' is that of row 1 already"),
    ]


def test_a_run_that_is_cut_off_keeps_what_it_committed_and_goes_on(importer: Importer) -> None:
    rows = [RawRow(n, row(str(n)), done=n) for n in range(1, 351)]
    pictures = PictureSource(importer.images, importer.root, expected=False)

    def cut_off() -> Iterator[RawRow]:
        yield from rows[:250]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_rows(importer.store, cut_off(), pictures, EUR, importer.problems.append)
    assert importer.store.counts().products == 200
    counts = import_rows(importer.store, rows, pictures, EUR, importer.problems.append)
    assert (counts.unchanged, counts.changed, importer.problems) == (200, 150, [])


def test_a_picture_that_can_be_decoded_is_kept_by_its_content(importer: Importer) -> None:
    (importer.root / "a.png").write_bytes(picture())
    importer.bring(row("a", image_path="a.png"), expected=True)
    product = importer.store.get_product("a")
    assert product is not None
    assert product.image_key is not None
    assert importer.images.get(product.image_key) == picture()
    assert importer.problems == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "is not in"),
        (b"", "no JPEG, PNG, WebP, GIF or BMP"),
        (b"<svg/>", "no JPEG, PNG, WebP, GIF or BMP"),
        (picture()[:40], "PNG is broken or cut off"),
        (b"\x89PNG\r\n\x1a\n" + bytes(16_000_000), "at most 15,000,000 are taken"),
    ],
)
def test_without_a_usable_picture_the_product_goes_in_and_is_told(
    importer: Importer, content: bytes | None, reason: str
) -> None:
    if content is not None:
        (importer.root / "a.png").write_bytes(content)
    counts = importer.bring(row("a", image_path="a.png"))
    (problem,) = importer.problems
    assert reason in problem.reason
    assert problem.reason.endswith("the product is in without one")
    assert (counts.changed, counts.no_picture, counts.complete) == (1, 1, False)
    assert importer.store.existing_ids(["a"]) == {"a"}


@pytest.mark.parametrize("path", ["../secret.png", "/secret.png", "x/../../secret.png", "..", ""])
def test_no_picture_is_read_from_outside_its_folder(importer: Importer, path: str) -> None:
    (importer.root.parent / "secret.png").write_bytes(picture())
    counts = importer.bring(row("a", image_path=path), expected=True)
    assert counts.no_picture == 1


_ELSEWHERE = ["/srv/photos/", "C:\\photos\\", "\\\\server\\photos\\"]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        *((f"{place}blue/a.png", "blue/a.png") for place in ("", "./", "shop/", "../shop/")),
        *((f"{place}blue/a.png", "blue/a.png") for place in _ELSEWHERE),
        *((f"{place}b.png", "b.png") for place in _ELSEWHERE),
        *(("blue/a", "blue/a.png"), ("blue\\a.png", "blue/a.png"), ("b", "b.png")),
    ],
)
def test_a_picture_is_found_by_the_path_that_its_table_knew(
    importer: Importer, path: str, found: str
) -> None:
    """From its folder, from the one above, or on another machine; with any ending."""
    (importer.root / "blue").mkdir()
    for shade, name in enumerate(("a.png", "b.png", "blue/a.png")):
        (importer.root / name).write_bytes(picture(shade))
    importer.bring(row("a", image_path=path))
    product = importer.store.get_product("a")
    assert product is not None
    assert product.image_key == image_key((importer.root / found).read_bytes())


@pytest.mark.parametrize("path", ["blue/a.png", "blue\\a.png", "shop/blue/a.png", "x/shop/a.png"])
def test_a_picture_of_another_folder_is_not_taken_for_one_that_is_missing(
    importer: Importer, path: str
) -> None:
    (importer.root / "a.png").write_bytes(picture())
    (importer.root / "red").mkdir()
    (importer.root / "red" / "a.png").write_bytes(picture())
    importer.bring(row("a", image_path=path))
    (problem,) = importer.problems
    assert problem.reason.endswith("the product is in without one")
    assert f"is not in {importer.root}" in problem.reason


@pytest.mark.parametrize("path", ["{root}/blue/a.png", *(f"{p}blue/a.png" for p in _ELSEWHERE)])
def test_nor_is_it_for_an_absolute_path_into_a_folder_that_is_there(
    importer: Importer, path: str
) -> None:
    (importer.root / "a.png").write_bytes(picture())
    (importer.root / "blue").mkdir()
    importer.bring(row("a", image_path=path.format(root=importer.root)))
    (problem,) = importer.problems
    assert f"is not in {importer.root}" in problem.reason


def test_an_absolute_path_into_the_folder_means_itself_alone(importer: Importer) -> None:
    (importer.root / "a.png").write_bytes(picture())
    for shade, folder in enumerate(("blue", "red"), 1):
        (importer.root / folder).mkdir()
        (importer.root / folder / "a.png").write_bytes(picture(shade))
    importer.bring(row("a", image_path=f"{importer.root}/gone/a.png"))
    assert len(importer.problems) == 1
    importer.bring(row("b", image_path=f"{importer.root}/gone/../red/a.png"))
    found = importer.store.get_product("b")
    assert found is not None
    assert found.image_key == image_key(picture(2))


def test_a_picture_folder_that_takes_no_more_ends_the_import(importer: Importer) -> None:
    (importer.root / "a.png").write_bytes(picture())
    importer.images.path(image_key(picture())).mkdir(parents=True)  # in the picture's way
    with pytest.raises(OSError, match="no picture can be kept"):
        importer.bring(row("a", image_path="a.png"))
    assert importer.problems == []


def test_a_picture_that_can_not_be_read_costs_itself_alone(importer: Importer) -> None:
    (importer.root / "a.png").symlink_to("/proc/self/mem")
    importer.bring(row("a", image_path="a.png"))
    (problem,) = importer.problems
    assert "can't be read" in problem.reason
    assert importer.store.existing_ids(["a"]) == {"a"}


def test_a_picture_may_be_named_by_the_id_alone(importer: Importer) -> None:
    (importer.root / "a.png").write_bytes(picture())
    pictures = PictureSource(importer.images, importer.root, by_id=True)
    rows = [RawRow(1, row("a")), RawRow(2, row("b"))]
    import_rows(importer.store, rows, pictures, EUR, importer.problems.append)
    assert [(p.product_id, p.reason) for p in importer.problems] == [
        ("b", "no picture is named; the product is in without one")
    ]


@pytest.mark.parametrize(("listed", "held"), [("NFC", "NFD"), ("NFD", "NFC")])
@pytest.mark.parametrize("place", ["여름/", "shop/여름/", "/사진/여름/", "{root}/여름/"])
def test_a_picture_is_found_whichever_way_its_name_is_composed(
    importer: Importer, listed: Literal["NFC", "NFD"], held: Literal["NFC", "NFD"], place: str
) -> None:
    """Macs take the letters of a name apart, in their archives too."""
    folder = importer.root / normalize(held, "여름")
    folder.mkdir()
    (folder / normalize(held, "원피스_é.jpg")).write_bytes(picture())
    (importer.root / normalize(held, "다른_é.jpg")).write_bytes(picture(1))
    path = normalize(listed, place.format(root=importer.root))
    for name in ("원피스_é.jpg", "원피스_é"):
        importer.bring(row(name, image_path=path + normalize(listed, name)))
        assert importer.problems == []
    importer.bring(row("a", image_path=path + normalize(listed, "다른_é.jpg")))
    assert "is not in" in importer.problems[0].reason


@pytest.mark.parametrize(("listed", "held"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_so_is_one_that_is_named_by_its_id(
    importer: Importer, listed: Literal["NFC", "NFD"], held: Literal["NFC", "NFD"]
) -> None:
    (importer.root / normalize(held, "원피스-1.jpg")).write_bytes(picture())
    pictures = PictureSource(importer.images, importer.root, by_id=True)
    rows = [RawRow(1, row(normalize(listed, "원피스-1")))]
    import_rows(importer.store, rows, pictures, EUR, importer.problems.append)
    assert importer.problems == []


def test_a_row_without_a_picture_keeps_the_one_of_the_store(importer: Importer) -> None:
    (importer.root / "a.png").write_bytes(picture())
    importer.bring(row("a", image_path="a.png"))
    before = importer.store.get_product("a")
    counts = importer.bring(row("a"))
    assert (counts.unchanged, importer.store.get_product("a")) == (1, before)
    importer.bring(row("a", image_path="gone.png", price="6"))
    after = importer.store.get_product("a")
    assert before is not None
    assert after is not None
    assert (after.image_key, after.price_minor) == (before.image_key, 600)
    assert importer.problems[0].reason.endswith("the product keeps its old picture")


@dataclass
class _ChangedMeanwhile:
    """Fetches nothing; meanwhile someone gives the product another picture."""

    store: CatalogStore

    def fetch(self, url: str) -> str:
        stored = self.store.get_product("a")
        assert stored is not None
        self.store.put_products([replace(stored, image_key="b" * 64 + ".jpg")])
        raise FetchError("its server answered 404")

    def give_up(self) -> None:
        raise AssertionError("the import runs to its end")


def test_a_picture_that_was_changed_while_others_were_fetched_stays(importer: Importer) -> None:
    (importer.root / "a.png").write_bytes(picture())
    importer.bring(row("a", image_path="a.png"))
    pictures = PictureSource(importer.images, fetcher=_ChangedMeanwhile(importer.store))
    rows = [RawRow(1, row("a", img_url="https://shop.example/a.jpg", price="6"))]
    import_rows(importer.store, rows, pictures, EUR, importer.problems.append)
    after = importer.store.get_product("a")
    assert after is not None
    assert (after.image_key, after.price_minor) == ("b" * 64 + ".jpg", 600)
    assert importer.problems[-1].reason.endswith("the product keeps its old picture")


def test_an_address_that_nobody_is_to_fetch_is_counted(importer: Importer) -> None:
    counts = importer.bring(row("a", img_url="https://shop.example/a.jpg"), expected=True)
    assert (counts.unfetched, counts.complete, importer.problems) == (1, True, [])


def test_progress_tells_how_far_the_source_is(importer: Importer) -> None:
    done: list[int] = []
    rows = [RawRow(n, row(str(n)), done=10 * n) for n in range(1, 2_501)]
    import_rows(
        importer.store,
        rows,
        PictureSource(importer.images, expected=False),
        EUR,
        importer.problems.append,
        lambda counts: done.append(counts.done),
    )
    assert done == [10_000, 20_000, 25_000]
