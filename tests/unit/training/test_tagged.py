"""Tagged street photos lend their garments boxes, and a class where that is sure."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from lookalike.contract.taxonomy import CATEGORY_INDEX, Category
from lookalike.training.dataset import TWICE_IN_CCP, LeftOut, load_samples, street_samples
from lookalike.training.sample import NO_CLASS, Sample
from lookalike.training.splits import Split, split_of

PHOTOS = [f"{n:04}" for n in range(40)]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Forty photos with two boxes each, and the tables' form of the real data."""
    folder = tmp_path / "street"
    folder.mkdir()
    rows = [
        f"{photo},x,{category},{10 + at},{top + at},30,{30 + at}"
        for at, photo in enumerate(PHOTOS)
        for category, top in (("shirt", 50), ("shoes", 400))
    ]
    (folder / "boxes.csv").write_text("photo,label,category,x,y,w,h\n" + "\n".join(rows))
    return tmp_path


def tagged(data: Path, *tags: str) -> list[Sample]:
    rows = [f"{2000 + at},{line}" for at, line in enumerate(tags)]
    (data / "street" / "tags.csv").write_text("photo,tags\n" + "\n".join(rows))
    return [sample for sample in load_samples(data) if sample.source == "tagged"]


def test_a_garment_takes_a_usual_box_of_a_training_photo_of_its_category(data: Path) -> None:
    found = tagged(data, *(["shirt hair shoes"] * 30))
    assert [sample.class_index for sample in found] == [CATEGORY_INDEX[Category.SHIRT]] * 30
    lent = {sample.box.corners for sample in found if sample.box}
    offered = {
        sample.box.corners
        for sample in load_samples(data)
        if sample.source == "street" and sample.split is Split.TRAIN and sample.box
    }
    assert len(lent) > 5
    assert lent <= offered
    assert {bottom - top for _, top, _, bottom in lent} <= set(range(35, 65))


def test_what_another_garment_may_cover_has_no_class(data: Path) -> None:
    covered, alone, two = tagged(data, "shirt coat", "shirt pants", "shirt blouse")
    assert covered.class_index == NO_CLASS
    assert alone.class_index == CATEGORY_INDEX[Category.SHIRT]
    assert two.class_index == NO_CLASS


def boxes_labelled(data: Path, **category_of_label: str) -> None:
    rows = [
        f"{photo},{label},{category},5,5,40,40"
        for photo in PHOTOS
        for label, category in category_of_label.items()
    ]
    (data / "street" / "boxes.csv").write_text("photo,label,category,x,y,w,h\n" + "\n".join(rows))


def test_words_mean_what_the_boxes_labels_do(data: Path) -> None:
    boxes_labelled(data, sweatshirt="longsleeve", tee="t-shirt", coat="outerwear", dress="dress")
    found = {
        (sample.group, sample.instance.rpartition("/")[2]): sample.class_index
        for sample in tagged(data, "sweatshirt", "top", "romper", "tee", "dress coat")
    }
    assert found == {
        ("2000", "longsleeve"): CATEGORY_INDEX[Category.LONGSLEEVE],
        ("2001", "t-shirt"): NO_CLASS,
        ("2002", "dress"): NO_CLASS,
        ("2003", "t-shirt"): CATEGORY_INDEX[Category.T_SHIRT],
        ("2004", "dress"): NO_CLASS,
        ("2004", "outerwear"): CATEGORY_INDEX[Category.OUTERWEAR],
    }


def test_a_garment_without_any_box_makes_no_crop(data: Path) -> None:
    assert not tagged(data, "skirt hair bag")


def test_nothing_tagged_is_held_out(data: Path) -> None:
    assert any(split_of("street", str(n)) is Split.VALIDATION for n in range(2000, 2040))
    assert {sample.split for sample in tagged(data, *(["shirt"] * 40))} == {Split.TRAIN}


def test_a_table_without_its_columns_is_refused(data: Path) -> None:
    (data / "street" / "tags.csv").write_text("photo,words\n1,shirt\n")
    with pytest.raises(ValueError, match="lacks the columns"):
        load_samples(data)


def test_a_photo_that_has_boxes_lends_no_crop(data: Path) -> None:
    held_out = [photo for photo in PHOTOS if split_of("street", photo) is Split.VALIDATION]
    assert held_out
    rows = [f"{photo},shirt" for photo in [*PHOTOS, "2000"]]
    (data / "street" / "tags.csv").write_text("photo,tags\n" + "\n".join(rows))
    found = [sample for sample in load_samples(data) if sample.source == "tagged"]
    assert [sample.group for sample in found] == ["2000"]


def test_a_photo_that_is_held_out_under_another_name_is_left_out(tmp_path: Path) -> None:
    rows = "".join(f"{photo},shirt,5,5,40,40\n" for photo in ("0990", "0907", "0671", "0732"))
    (tmp_path / "boxes.csv").write_text(f"photo,category,x,y,w,h\n{rows}0692,shirt,5,5,40,40")
    (tmp_path / "images").mkdir()
    for photo in ("0990", "0671", "0732"):
        (tmp_path / "images" / f"{photo}.jpg").write_bytes(photo.encode())
    twice = {
        photo: (TWICE_IN_CCP[photo][0], sha256(photo.encode()).hexdigest())
        for photo in ("0990", "0671")
    }
    left_out = LeftOut()
    found = street_samples(tmp_path, left_out, twice | {"0732": TWICE_IN_CCP["0732"]})
    # Of 0671 the other one is not there; 0732 is a shop's own photo.
    assert [sample.group for sample in found] == ["0907", "0671", "0732", "0692"]
    assert left_out.problems == [f"{tmp_path / 'boxes.csv'}, row 2: 0990 is 0907 once more"]
    assert {split_of("street", other) for other, _ in TWICE_IN_CCP.values()} == {Split.VALIDATION}
