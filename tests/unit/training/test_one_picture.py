"""Pictures that a shop's tables name more than once."""

from __future__ import annotations

from pathlib import Path

from lookalike.training.dataset import shop_samples


def write(folder: Path, products: dict[str, str], views: dict[str, str], **files: bytes) -> Path:
    """A shop of trousers: picture files by name, each article's own and its view."""
    (folder / "images").mkdir(parents=True)
    for name, content in files.items():
        (folder / "images" / f"{name}.jpg").write_bytes(content)
    lines = [f"{article},pants,images/{name}.jpg" for article, name in products.items()]
    (folder / "products.csv").write_text(
        "\n".join(["article_id,category,image_path", *lines]) + "\n"
    )
    lines = [f"{article},back,images/{name}.jpg" for article, name in views.items()]
    (folder / "views.csv").write_text("\n".join(["article_id,view,image_path", *lines]) + "\n")
    return folder


def test_sizes_with_one_picture_are_one_product_on_one_side_of_the_split(tmp_path: Path) -> None:
    """By the file's content: each size may have a copy."""
    shop = write(
        tmp_path,
        {"100": "a", "101": "a", "102": "copy", "200": "b"},
        {"100": "back", "102": "other"},
        a=b"a",
        copy=b"a",
        b=b"b",
        back=b"back",
        other=b"other",
    )
    samples = shop_samples(shop)
    assert [s.path.stem for s in samples] == ["a", "b", "back", "other"]
    assert [s.instance for s in samples] == ["shop/100", "shop/200", "shop/100", "shop/100"]
    assert [s.group for s in samples] == ["100", "200", "100", "100"]


def test_a_view_that_is_the_studio_picture_once_more_is_left_out(tmp_path: Path) -> None:
    shop = write(tmp_path, {"1-red": "a", "1-blue": "b"}, {"1-red": "a"}, a=b"a", b=b"b")
    samples = shop_samples(shop)
    assert [(s.instance, s.view) for s in samples] == [
        ("shop/1-red", "main"),
        ("shop/1-blue", "main"),
    ]


def test_styles_that_share_a_picture_through_others_are_one(tmp_path: Path) -> None:
    shop = write(
        tmp_path, {"1": "a", "2": "b", "3": "c"}, {"2": "a", "3": "b"}, a=b"a", b=b"b", c=b"c"
    )
    assert {(s.instance, s.group, s.style) for s in shop_samples(shop)} == {
        ("shop/1", "1", "shop/1")
    }
