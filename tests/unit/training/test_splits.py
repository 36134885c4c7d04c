from pathlib import Path

from lookalike.training.dataset import load_samples, shop_samples
from lookalike.training.held_out import write_held_out
from lookalike.training.picture_tables import read_articles, read_labels
from lookalike.training.splits import Half, Split, split_of
from tests.unit.training.pictures import write_clothing, write_shop


def test_everything_of_a_group_lies_on_one_side(tmp_path: Path) -> None:
    write_clothing(tmp_path / "clothing", senders=40, each=3)
    write_shop(tmp_path / "shop", styles=30)
    sides: dict[tuple[str, str], set[Split]] = {}
    for sample in load_samples(tmp_path):
        sides.setdefault((sample.source, sample.group), set()).add(sample.split)
    assert all(len(found) == 1 for found in sides.values())
    assert {side for found in sides.values() for side in found} == set(Split)


def test_a_style_takes_all_its_colours_and_views_along(tmp_path: Path) -> None:
    samples = shop_samples(write_shop(tmp_path / "shop", styles=3))
    assert {s.group for s in samples} == {"S0", "S1", "S2"}
    assert len({s.instance for s in samples if s.group == "S1"}) == 2


def test_held_out_shares_are_near_what_is_asked() -> None:
    held_out = sum(split_of("shop", f"style-{n}") is Split.VALIDATION for n in range(4000))
    assert 0.27 < held_out / 4000 < 0.33


def test_the_held_out_side_has_two_halves_that_share_no_group(tmp_path: Path) -> None:
    write_clothing(tmp_path / "clothing", senders=80, each=3)
    write_shop(tmp_path / "shop", styles=40)
    found = load_samples(tmp_path)
    held_out = [s for s in found if s.split is Split.VALIDATION]
    groups = {half: {(s.source, s.group) for s in held_out if s.half is half} for half in Half}
    assert all(groups.values())
    assert not groups[Half.SELECT] & groups[Half.REPORT]


def test_a_half_is_written_as_tables_that_eval_reads(tmp_path: Path) -> None:
    write_clothing(tmp_path / "clothing", senders=80, each=3)
    write_shop(tmp_path / "shop", styles=40)
    written = write_held_out(load_samples(tmp_path), Half.REPORT, tmp_path / "out")
    photos = read_labels(tmp_path / "out" / "clothing.csv", tmp_path, boxes=False)
    assert len(photos.pictures) == written["clothing.csv"] > 0
    assert all(picture.path.is_file() for picture in photos.pictures)
    views = read_articles(tmp_path / "out" / "shop-views.csv", views=["back"])
    shown = read_articles(tmp_path / "shop" / "products.csv")
    assert set(views.articles) <= set(shown.articles)
    assert all(picture.path.is_file() for picture in views.pictures)


def test_the_split_does_not_change_from_release_to_release() -> None:
    names = [split_of("clothing", str(n)).value[0] for n in range(24)]
    assert "".join(names) == EXPECTED_SIDES


EXPECTED_SIDES = "ttvtvttttttttttttttvtttt"
