"""What is measured and calibrated at the end, whatever a shop calls its views."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lookalike.training.dataset import shop_samples
from lookalike.training.finish import Finished, finish
from lookalike.training.material import Material
from lookalike.training.sample import DRAWN, Sample
from lookalike.training.splits import Half, half_of
from lookalike.training.student import new_net
from lookalike.training.validation import quick_figures, select_rows, shop_views
from lookalike.vision.manifest import MatchCurve

GUESS = MatchCurve(slope=20.0, midpoint=0.8)


def seen_as(material: Material, other: Callable[[Sample], Sample]) -> Material:
    return replace(material, samples=[other(sample) for sample in material.samples])


def called(material: Material, view: str) -> Material:
    """The same pictures, those of further views under another name."""
    return seen_as(material, lambda s: s if s.view == "main" else replace(s, view=view))


def finished(material: Material, folder: Path) -> Finished:
    return finish(new_net(None, 0), material, folder, None, "", 32)


@pytest.mark.parametrize("view", ["back", "side"])
def test_a_view_of_any_name_is_measured_and_calibrated_on(
    material: Material, tmp_path: Path, caplog: pytest.LogCaptureFixture, view: str
) -> None:
    done = finished(called(material, view), tmp_path)
    assert set(done.figures) == {"clothing", "shop", view}
    assert done.manifest.match.default != GUESS
    assert not caplog.text


def test_close_ups_alone_leave_the_match_curve_a_guess_and_it_is_told(
    material: Material, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        done = finished(called(material, "alternate"), tmp_path)
    assert "alternate" in done.figures
    assert done.manifest.match.default == GUESS
    assert "match probabilities are a guess: no two of the held-out pictures show" in caplog.text


def test_a_match_curve_of_drawings_alone_is_told(
    material: Material, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    drawn = seen_as(material, lambda s: replace(s, source=DRAWN) if s.source == "shop" else s)
    with caplog.at_level(logging.WARNING):
        assert finished(drawn, tmp_path).manifest.match.default != GUESS
    assert "match probabilities are fitted to drawings alone" in caplog.text


@pytest.mark.parametrize("half", Half)
def test_drawings_stand_in_for_no_half_of_the_photos(
    material: Material, tmp_path: Path, caplog: pytest.LogCaptureFixture, half: Half
) -> None:
    group = next(name for name in map(str, range(99)) if half_of("clothing", name) is half)
    one_half = seen_as(
        material,
        lambda s: replace(s, source=DRAWN) if s.source == "shop" else replace(s, group=group),
    )
    held_out = [one_half.samples[row] for row in one_half.validation_rows]
    assert {sample.half for sample in held_out if sample.source == DRAWN} == set(Half)
    with caplog.at_level(logging.WARNING):
        figures = finished(one_half, tmp_path).figures
    photos = sum(sample.source == "clothing" for sample in held_out)
    assert figures["clothing"][0].n == photos
    assert len(select_rows(one_half)) == len(held_out)
    assert "figures are of the rows that the temperature was fitted to" in caplog.text


def test_a_view_that_is_called_as_a_source_is_none(material: Material) -> None:
    rows = np.arange(len(material.samples))
    street = called(material, "street")
    assert set(shop_views(street, rows)) == {"shop-street"}
    assert "shop-street/style_recall@10" in quick_figures(street, new_net(None, 0), 32)


def test_views_are_named_in_small_letters(tmp_path: Path) -> None:
    (tmp_path / "products.csv").write_text("article_id,category,image_path\nA-1,hat,a.jpg\n")
    (tmp_path / "views.csv").write_text("article_id,view,image_path\nA-1,Back,b.jpg\nA-1,,c.jpg\n")
    assert [sample.view for sample in shop_samples(tmp_path)] == ["main", "back", "other"]
