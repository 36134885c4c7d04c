"""The teacher is tuned on training pictures, and the student learns what it sees in each view."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch

from cli.training_run import looking
from lookalike.training import openvino_teacher, shown_batches
from lookalike.training.augment import augmented, normalised, resized
from lookalike.training.cutout_cache import Pictures
from lookalike.training.material import Material
from lookalike.training.schedule import parse_plan
from lookalike.training.teacher import TEACHER_DIM
from lookalike.training.train import TrainingRun
from lookalike.training.train_settings import TrainSettings
from lookalike.training.tune import TuneSettings, tuned_teacher
from lookalike.training.tuned_teacher import (
    Sight,
    TunedTeacher,
    load_tuned_teacher,
    origin_in,
)
from lookalike.training.validation import teacher_figures
from tests.unit.training.stopping import StopAfter

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
BRIEF = TuneSettings(parse_plan("32x1,48x1"), batch_size=8, frozen_blocks=3, seed=3)


@pytest.fixture(scope="module")
def few(material: Material) -> Material:
    return replace(material, train_rows=material.train_rows[:10])


@pytest.fixture(scope="module")
def tuned(few: Material, tmp_path_factory: pytest.TempPathFactory) -> TunedTeacher:
    return to_the_end(BRIEF, few, tmp_path_factory.mktemp("tuned"))


def to_the_end(settings: TuneSettings, material: Material, folder: Path) -> TunedTeacher:
    teacher = tuned_teacher(settings, material, folder, DEVICE)
    assert teacher is not None
    return teacher


def weights(teacher: TunedTeacher) -> torch.Tensor:
    return torch.cat([t.float().flatten().cpu() for t in teacher.state_dict().values()])


class CutOffError(Exception):
    """The run is cut off."""


def cut_off() -> Callable[[TunedTeacher], dict[str, float]]:
    def validate(_: TunedTeacher) -> dict[str, float]:
        raise CutOffError

    return validate


def test_tuning_that_was_cut_off_ends_where_an_uninterrupted_one_does(
    tuned: TunedTeacher, few: Material, tmp_path: Path
) -> None:
    with pytest.raises(CutOffError):
        tuned_teacher(BRIEF, few, tmp_path, DEVICE, cut_off())
    again = to_the_end(BRIEF, few, tmp_path)
    assert torch.equal(weights(again), weights(tuned))


def test_tuning_that_is_stopped_goes_on_with_the_next_batch(
    tuned: TunedTeacher, few: Material, tmp_path: Path
) -> None:
    assert tuned_teacher(BRIEF, few, tmp_path, DEVICE, stop=StopAfter(1)) is None
    assert torch.load(tmp_path / "teacher.pt", weights_only=True)["next_batch"] == 1
    assert torch.equal(weights(to_the_end(BRIEF, few, tmp_path)), weights(tuned))


def test_a_teacher_that_was_begun_otherwise_is_not_gone_on_with(
    tuned: TunedTeacher, few: Material, tmp_path: Path
) -> None:
    assert tuned_teacher(BRIEF, few, tmp_path, DEVICE, stop=StopAfter(1)) is None
    tuned.save(tmp_path / "start.safetensors")
    first = replace(few.samples[0], class_index=0)
    relabelled = replace(few, samples=[first, *few.samples[1:]])
    for settings, material in (
        (replace(BRIEF, seed=4), few),
        (replace(BRIEF, plan=parse_plan("32x1")), few),
        (replace(BRIEF, start=tmp_path / "start.safetensors"), few),
        (BRIEF, relabelled),
    ):
        with pytest.raises(ValueError, match=r"teacher\.pt is of a teacher that is tuned with"):
            tuned_teacher(settings, material, tmp_path, DEVICE)


def test_a_teacher_says_where_it_came_from(tuned: TunedTeacher, tmp_path: Path) -> None:
    tuned.save(tmp_path / "told.safetensors", "an origin")
    tuned.save(tmp_path / "untold.safetensors")
    assert origin_in(tmp_path / "told.safetensors") == "an origin"
    assert origin_in(tmp_path / "untold.safetensors") == ""


def test_a_teacher_goes_on_from_a_file(tuned: TunedTeacher, few: Material, tmp_path: Path) -> None:
    tuned.save(tmp_path / "before.safetensors")
    still = replace(BRIEF, plan=parse_plan("32x1"), start=tmp_path / "before.safetensors")
    unmoved = to_the_end(replace(still, peak_rate=0.0, weight_decay=0.0), few, tmp_path / "a")
    heads = [teacher.head.weight.cpu() for teacher in (tuned, unmoved)]
    assert torch.equal(*heads)
    moved = to_the_end(still, few, tmp_path / "b")
    assert not torch.equal(moved.head.weight.cpu(), heads[0])


def test_frozen_blocks_keep_weights_and_statistics(tuned: TunedTeacher) -> None:
    before, after = TunedTeacher().net.state_dict(), tuned.net.state_dict()
    moved = {n for n, t in after.items() if not torch.equal(t.cpu(), before[n])}
    assert "_conv_head.weight" in moved
    frozen = ("_conv_stem", "_bn0", "_blocks.0.", "_blocks.1.", "_blocks.2.")
    assert not [name for name in moved if name.startswith(frozen)]


def test_a_teacher_of_a_file_sees_what_the_one_that_was_saved_sees(
    tuned: TunedTeacher, few: Material, tmp_path: Path
) -> None:
    tuned.save(tmp_path / "teacher.safetensors")
    loaded = load_tuned_teacher(tmp_path / "teacher.safetensors", DEVICE)
    pixels = normalised(resized(few.cutout[:4], 32)).to(DEVICE)
    for one, other in zip(loaded.look(pixels), tuned.look(pixels), strict=True):
        assert torch.equal(one, other)


def test_what_a_teacher_sees_has_length_one_and_shares_add_up(
    tuned: TunedTeacher, few: Material
) -> None:
    features, shares, places = tuned.look(normalised(resized(few.cutout[:4], 64)).to(DEVICE))
    assert features.shape == (4, 1280)
    assert places.shape == (4, 1280, 2, 2)
    whole = torch.nn.functional.normalize(places.mean(dim=(2, 3)), dim=1)
    assert torch.allclose(whole, features, atol=1e-3)
    assert features.norm(dim=1).cpu().numpy() == pytest.approx(np.ones(4), abs=1e-4)
    assert shares.shape == (4, 13)
    assert shares.sum(dim=1).cpu().numpy() == pytest.approx(np.ones(4), abs=1e-4)


def test_tuning_tells_the_two_categories_apart(material: Material, tmp_path: Path) -> None:
    longer = replace(BRIEF, plan=parse_plan("64x6"), batch_size=16, mixed_share=0.0, peak_rate=1e-3)
    teacher = to_the_end(longer, material, tmp_path)
    rows = material.train_rows
    shares = teacher.look(normalised(resized(material.cutout[rows], 64)).to(DEVICE)).shares
    assert float((shares.argmax(dim=1).cpu().numpy() == material.labels[rows]).mean()) >= 0.8
    figures = teacher_figures(replace(material, validation_rows=rows), teacher, 64, DEVICE)
    assert figures["clothing/top1"] >= 0.5


def test_the_student_is_taught_by_the_view_that_it_sees(
    tuned: TunedTeacher, few: Material, tmp_path: Path
) -> None:
    settings = TrainSettings(
        plan=parse_plan("32x8"),
        batch_size=8,
        bank_size=8,
        seed=3,
        device=str(DEVICE),
        workers=2,
        peak_rate=3e-3,
    )
    run = TrainingRun(settings, few, tmp_path, tuned)
    assert run.run()
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    first, *_, last = [line for line in lines if line["kind"] == "losses"]
    assert last["view"] < first["view"] - 0.01
    assert last["places"] < first["places"] - 0.01
    assert last["opinion"] > 0.0


class Noting:
    """A teacher that notes the sizes of what it is shown."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    def look(self, pixels: torch.Tensor) -> Sight:
        self.seen.append(pixels.shape[-1])
        return Sight.of(
            torch.ones(len(pixels), TEACHER_DIM),
            torch.zeros(len(pixels), 13),
            torch.ones(len(pixels), TEACHER_DIM, 1, 1),
        )


def test_pictures_are_enlarged_for_the_teacher_alone(
    few: Material, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed_at = []

    def noted(pictures: Pictures, size: int, generator: torch.Generator) -> torch.Tensor:
        changed_at.append(size)
        return augmented(pictures, size, generator)

    monkeypatch.setattr(shown_batches, "augmented", noted)
    monkeypatch.setattr(openvino_teacher, "quickest", lambda teacher, device: teacher)
    held, teacher = few.cutout.shape[1], Noting()
    settings = TrainSettings(
        plan=parse_plan(f"{held}x1"), batch_size=8, bank_size=8, device="cpu", view_px=2 * held
    )
    shown = looking(cast(TunedTeacher, teacher), settings)
    assert TrainingRun(settings, few, tmp_path, shown).run()
    assert set(changed_at) == {held}
    assert set(teacher.seen) == {2 * held}


class Sure:
    """A teacher that takes everything for one category."""

    def __init__(self, index: int) -> None:
        self._logits = 20.0 * torch.eye(13)[index]

    def look(self, pixels: torch.Tensor) -> Sight:
        ones = torch.ones(len(pixels), TEACHER_DIM, device=pixels.device)
        logits = self._logits.to(pixels.device).expand(len(pixels), 13)
        return Sight.of(ones, logits, ones[:, :, None, None])


@pytest.mark.parametrize(("share", "same"), [(0.0, False), (1.0, True)])
def test_the_frozen_teachers_share_of_the_categories_is_what_is_asked(
    few: Material, tmp_path: Path, share: float, same: bool
) -> None:
    settings = TrainSettings(
        plan=parse_plan("32x1"), batch_size=8, bank_size=8, device="cpu", frozen_opinion=share
    )

    def learned(index: int) -> torch.Tensor:
        run = TrainingRun(settings, few, tmp_path / str(index), Sure(index))
        assert run.run()
        return run.trained().mlp[-1].get_parameter("bias")

    assert torch.equal(learned(0), learned(5)) is same
