from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lookalike.contract.taxonomy import CATEGORY_INDEX, Category
from lookalike.training.evaluate import evaluate_classification, evaluate_retrieval
from lookalike.training.picture_tables import NamedPictures, Picture, read_articles, read_labels
from lookalike.vision.crop import CropBoxPx
from lookalike.vision.cutout import Cutout, Cutouts
from lookalike.vision.encode import EncodedBatch
from tests.unit.training.pictures import whole_box, write_shop

RED, BLUE = CATEGORY_INDEX[Category.SHIRT], CATEGORY_INDEX[Category.HAT]


class WholeBox:
    """Cuts nothing out."""

    def cutout(self, image: Image.Image, box: CropBoxPx) -> Cutout:
        return whole_box(image, box)


class RedIsAShirt:
    """Calls what is red a shirt, and the rest a hat; features are the mean colour."""

    def encode(self, cutouts: Cutouts, framed: Cutouts | None = None) -> EncodedBatch:
        colour = cutouts.reshape(len(cutouts), -1, 3).mean(axis=1) + 1.0
        features = np.zeros((len(cutouts), 512), np.float32)
        features[:, :3] = colour / np.linalg.norm(colour, axis=1, keepdims=True)
        shares = np.full((len(cutouts), 13), 0.01, np.float32)
        shares[np.arange(len(cutouts)), np.where(colour[:, 0] > colour[:, 2], RED, BLUE)] = 0.88
        return EncodedBatch(features, shares)


def write_photos(folder: Path) -> None:
    """A photo that is red on the left and blue on the right, and one that is broken."""
    photo = Image.new("RGB", (100, 50), "red")
    photo.paste("blue", (50, 0, 100, 50))
    photo.save(folder / "0001.jpg", quality=95)
    (folder / "0002.jpg").write_bytes(b"broken")


def test_boxes_choose_what_is_judged_and_broken_photos_are_left_out(tmp_path: Path) -> None:
    write_photos(tmp_path)
    table = tmp_path / "labels.csv"
    table.write_text(
        "photo,category,x,y,w,h\n0001,shirt,0,0,40,50\n0001,hat,60,0,40,50\n"
        "0001,hat,0,0,40,50\n0002,hat,0,0,40,50\n0001,,0,0,9,9\n"
    )
    labelled = read_labels(table, tmp_path, boxes=True)
    assert labelled.unknown == {"": 1}
    left_out: list[str] = []
    figures = evaluate_classification(labelled, WholeBox(), RedIsAShirt(), left_out=left_out)
    (told,) = left_out
    assert told.startswith(f"{tmp_path / '0002.jpg'}: ")
    named = {f.case: f for f in figures}
    assert named["top1"].value == pytest.approx(2 / 3)
    assert named["top1"].n == 3
    assert named["class/shirt"].value == 1.0
    assert named["class/hat"].value == 0.5


def test_missing_columns_are_named(tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("image,category\n0001,hat\n")
    with pytest.raises(ValueError, match="x, y, w, h"):
        read_labels(table, tmp_path, boxes=True)
    with pytest.raises(ValueError, match="article_id, image_path"):
        read_articles(table)


def test_nothing_readable_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("image,category\nnowhere,hat\n")
    with pytest.raises(ValueError, match="none of the pictures"):
        evaluate_classification(read_labels(table, tmp_path, False), WholeBox(), RedIsAShirt())
    assert "1 of 1 pictures can't be used" in caplog.text


def test_a_view_finds_its_product_and_its_style(tmp_path: Path) -> None:
    shop = write_shop(tmp_path / "shop", styles=3)
    gallery = read_articles(shop / "products.csv")
    queries = read_articles(shop / "views.csv", views=["back"])
    figures = evaluate_retrieval(gallery, queries, WholeBox(), RedIsAShirt())
    named = {f.case: f.value for f in figures}
    assert list(named)[:4] == ["recall@1", "recall@5", "recall@10", "mrr"]
    assert named["style_recall@1"] >= named["recall@1"] > 0.5
    assert named["style_recall@10"] == 1.0


def test_a_picture_does_not_find_itself(tmp_path: Path) -> None:
    shop = write_shop(tmp_path / "shop", styles=3)
    gallery = read_articles(shop / "products.csv")
    figures = evaluate_retrieval(gallery, gallery, WholeBox(), RedIsAShirt())
    named = {f.case: f.value for f in figures}
    assert named["recall@10"] == 0.0
    assert named["style_recall@10"] == 1.0


def test_a_picture_that_is_listed_twice_does_not_find_itself(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name, colour in (("red.png", "red"), ("blue.png", "blue")):
        Image.new("RGB", (20, 20), colour).save(tmp_path / name)
    red, blue = Picture(tmp_path / "red.png"), Picture(tmp_path / "blue.png")
    gallery = NamedPictures([red, red, blue], ["A", "A", "B"])
    figures = evaluate_retrieval(gallery, NamedPictures([red], ["A"]), WholeBox(), RedIsAShirt())
    assert {f.case: f.value for f in figures}["recall@10"] == 0.0
    assert "1 of 1 queries have no other picture of their product" in caplog.text


def test_a_gallery_of_one_style_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    Image.new("RGB", (20, 20), "red").save(tmp_path / "red.png")
    red = [Picture(tmp_path / "red.png")] * 12
    for ids, told in (("STYLE{}-RED", False), ("SKU-{}", True)):
        gallery = NamedPictures(red, [ids.format(n) for n in range(12)])
        evaluate_retrieval(gallery, NamedPictures(red[:1], ["X"]), WholeBox(), RedIsAShirt())
        assert ("12 of 12 articles are of the style 'SKU'" in caplog.text) is told
