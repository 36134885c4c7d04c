"""Photos become products by the folders that they lie in, or by a table of labels."""

from __future__ import annotations

from pathlib import Path
from unicodedata import normalize

import pytest

from catalog.importers.importing import import_rows
from catalog.importers.photos import PhotoPrice, open_photos, photo_root
from catalog.importers.pictures import PictureSource
from catalog.importers.rows import TableError
from lookalike.contract.taxonomy import Category
from lookalike.products import Product
from tests.unit.catalog.making import picture
from tests.unit.importers.conftest import EUR, Importer

PRICE = PhotoPrice("19.90", "EUR")
CLOTHING = Path("../shared/data/clothing")


def place(root: Path, *names: str, content: bytes | None = None) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(picture() if content is None else content)


def bring(importer: Importer, root: Path, labels: Path | None = None) -> dict[str, Product]:
    source = open_photos(root, PRICE, labels)
    looked = root if source.path == root else photo_root(root)
    pictures = PictureSource(importer.images, looked, required=True)
    import_rows(importer.store, source.rows(), pictures, EUR, importer.problems.append)
    ids = [row.fields.get("id") for row in source.rows()]
    found = [importer.store.get_product(str(i)) for i in ids]
    return {product.id: product for product in found if product is not None}


def test_folders_name_the_category(importer: Importer) -> None:
    root = importer.root
    place(root, "Dresses/red_summer-dress.jpg", "women/shoes/running/0001.PNG", "셔츠/a.webp")
    place(root, "Dresses/.hidden.jpg", ".git/x.jpg", "Dresses/notes.txt")
    products = bring(importer, root)
    assert {i: (p.title, p.category) for i, p in products.items()} == {
        "Dresses-red_summer-dress": ("Red summer dress", Category.DRESS),
        "women-shoes-running-0001": ("running 0001", Category.SHOES),
        "셔츠-a": ("셔츠 a", Category.SHIRT),
    }
    assert {(p.price_minor, p.currency) for p in products.values()} == {(1990, "EUR")}
    assert all(p.image_key for p in products.values())
    assert importer.problems == []


def test_photos_of_a_mac_are_the_products_that_they_are_elsewhere(importer: Importer) -> None:
    place(importer.root, *(normalize("NFD", name) for name in ("셔츠/새_옷.jpg", "셔츠/é.heic")))
    (product,) = bring(importer, importer.root).values()
    assert (product.id, product.title) == ("셔츠-새_옷", "새 옷")
    assert product.category is Category.SHIRT
    assert [problem.product_id for problem in importer.problems] == ["셔츠-é"]
    table = importer.root / "labels.csv"
    table.write_text(normalize("NFD", "image,label\n셔츠/새_옷.jpg,셔츠\n"))
    (product,) = bring(importer, importer.root).values()
    assert (product.id, product.title) == ("셔츠-새_옷", "새 옷")


def test_photos_that_can_t_be_used_are_left_out(importer: Importer) -> None:
    root = importer.root
    place(root, "hats/good.jpg", "misc/a.jpg", "stray.jpg", "hats/phone.heic")
    place(root, "hats/broken.jpg", content=b"\xff\xd8\xff broken")
    assert set(bring(importer, root)) == {"hats-good"}
    assert [(p.product_id, p.reason) for p in importer.problems] == [
        ("stray", "category is missing"),
        ("hats-broken", "picture 'hats/broken.jpg': the JPEG header is cut off"),
        ("hats-phone", "photo 'hats/phone.heic' is of no format that is read"),
        ("misc-a", "category 'misc' means none of the 13 categories"),
    ]


def test_a_table_of_labels_names_the_category(importer: Importer) -> None:
    root = importer.root
    place(root, "images/a.png", "images/b.png", "images/c.png")
    table = "image,label,category,kids\na,Blazer,outerwear,False\nb.png,Hat,,\nc,Body,,\n"
    (root / "labels.csv").write_text(table)
    products = bring(importer, root)
    assert {i: p.category for i, p in products.items()} == {
        "a": Category.OUTERWEAR,
        "b": Category.HAT,
    }
    assert products["a"].title == "Blazer a"
    assert products["a"].attributes == {"label": "Blazer", "kids": "False"}
    assert [p.reason for p in importer.problems] == [
        "category 'Body' means none of the 13 categories"
    ]


def test_a_folder_without_photos_is_told(importer: Importer) -> None:
    with pytest.raises(TableError, match="holds no photos"):
        open_photos(importer.root, PRICE)


@pytest.mark.parametrize(
    ("table", "reason"),
    [("name\na\n", "has no column image"), ("image\na\n", "neither a column category nor label")],
)
def test_a_table_without_its_columns_is_told(importer: Importer, table: str, reason: str) -> None:
    (importer.root / "labels.csv").write_text(table)
    with pytest.raises(TableError, match=reason):
        open_photos(importer.root, PRICE)


@pytest.mark.skipif(not CLOTHING.is_dir(), reason="the shared data is not here")
def test_real_labels_come_in_but_for_what_is_no_garment_of_the_13(importer: Importer) -> None:
    rows = [row for _, row in zip(range(300), open_photos(CLOTHING, PRICE).rows(), strict=False)]
    pictures = PictureSource(importer.images, photo_root(CLOTHING), required=True)
    counts = import_rows(importer.store, rows, pictures, EUR, importer.problems.append)
    left_out = {problem.reason.partition("'")[2].partition("'")[0] for problem in importer.problems}
    assert left_out <= {"Not sure", "Body", "Other", "Skip"}
    assert counts.changed == 300 - counts.left_out > 250
