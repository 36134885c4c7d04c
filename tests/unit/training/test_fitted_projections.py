"""A network that was trained goes on with projections that fit it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

from lookalike.training.batch_parts import BatchPart
from lookalike.training.batches import epoch_batches
from lookalike.training.fitted_projections import LeastSquares, fit_projections
from lookalike.training.losses import distil_loss, places_loss
from lookalike.training.material import Material
from lookalike.training.schedule import parse_plan
from lookalike.training.shown_batches import ShownBatches
from lookalike.training.student import Student, new_net
from lookalike.training.teacher import TEACHER_DIM
from lookalike.training.train import TrainingRun
from lookalike.training.train_settings import TrainSettings
from lookalike.training.tuned_teacher import Sight
from tests.unit.training.stopping import StopAfter

CPU = torch.device("cpu")


class GridTeacher:
    """Sees the colours of a picture's places."""

    def look(self, pixels: torch.Tensor) -> Sight:
        places = torch.zeros(len(pixels), TEACHER_DIM, 2, 2)
        places[:, :3] = functional.adaptive_avg_pool2d(pixels, 2)
        features = torch.zeros(len(pixels), TEACHER_DIM)
        features[:, :12] = places[:, :3].flatten(1)
        return Sight.of(features, torch.zeros(len(pixels), 13), places)


def settings(start: Path | None = None) -> TrainSettings:
    return TrainSettings(
        plan=parse_plan("32x1"), batch_size=16, bank_size=32, device="cpu", start=start
    )


def shown(material: Material, epoch: int) -> list[BatchPart]:
    batches = epoch_batches(material.samples, material.train_rows, 16, 0, epoch)
    seen = ShownBatches(settings(), material, CPU, GridTeacher())
    return [seen(batch, 32, at) for at, batch in enumerate(batches)]


def losses(student: Student, parts: list[BatchPart]) -> dict[str, float]:
    """Of batches that nothing was fitted to."""
    sums = {"distil": 0.0, "view": 0.0, "places": 0.0}
    with torch.no_grad():
        for part in parts:
            seen = student(part.pixels, part.kept)
            sums["distil"] += float(distil_loss(seen.projected, part.known.targets))
            sums["view"] += float(distil_loss(seen.viewed, part.known.viewed))
            sums["places"] += float(places_loss(seen.places, part.known.places))
    return {name: total / len(parts) for name, total in sums.items()}


def new_student(material: Material) -> Student:
    return Student(new_net(None, 0), material.targets.shape[1], 1.0, 0, TEACHER_DIM)


def projection_of(student: Student) -> torch.Tensor:
    return cast(nn.Linear, student.project[1]).weight


def test_a_linear_map_is_found_again() -> None:
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(4000, 5, generator=generator)
    weight, bias = torch.randn(3, 5, generator=generator), torch.tensor([1.0, -2.0, 0.5])
    sums = LeastSquares()
    for rows in inputs.reshape(4, 1000, 5):
        sums.add(rows, rows @ weight.T + bias)
    found, found_bias = sums.solution()
    assert torch.allclose(found, weight, atol=0.15)
    assert torch.allclose(found_bias, bias, atol=0.05)


def test_nothing_is_fitted_to_nothing() -> None:
    with pytest.raises(ValueError, match="nothing to fit to"):
        LeastSquares().solution()


def test_fitted_projections_are_nearer_on_other_views(material: Material) -> None:
    student, others = new_student(material), shown(material, 1)
    kept = {name: t.clone() for name, t in student.state_dict().items()}
    at_random = losses(student, others)
    student.load_state_dict(kept)
    fit_projections(student, shown(material, 0))
    after = student.state_dict()
    changed = {name for name, tensor in after.items() if not torch.equal(tensor, kept[name])}
    assert changed == {
        f"{layer}.{tensor}"
        for layer in ("project.1", "view", "places.1")
        for tensor in ("weight", "bias")
    }
    fitted = losses(student, others)
    nearer = {name: fitted[name] / at_random[name] for name in fitted}
    assert nearer["distil"] < 0.9, nearer
    assert max(nearer["view"], nearer["places"]) < 0.5, nearer


def test_pictures_without_a_target_are_no_example(material: Material) -> None:
    parts = shown(material, 0)
    unseen = replace(parts[0].known, targets=torch.zeros_like(parts[0].known.targets))
    student, other = new_student(material), new_student(material)
    fit_projections(student, parts[1:])
    fit_projections(other, [replace(parts[0], known=unseen), *parts[1:]])
    assert torch.equal(projection_of(student), projection_of(other))
    assert student.view is not None
    assert other.view is not None
    assert not torch.equal(student.view.weight, other.view.weight)


def test_only_a_run_that_starts_from_weights_fits_them(material: Material, tmp_path: Path) -> None:
    fresh = TrainingRun(settings(), material, tmp_path / "fresh")
    at_random = projection_of(fresh.student).clone()
    assert not fresh.run(stop=StopAfter(0))
    assert torch.equal(projection_of(fresh.student), at_random)
    start = tmp_path / "start.safetensors"
    save_file({n: t.contiguous() for n, t in fresh.student.net.state_dict().items()}, start)
    run = TrainingRun(settings(start), material, tmp_path / "run", GridTeacher())
    assert not run.run(stop=StopAfter(3))
    assert not torch.equal(projection_of(run.student), at_random)
    again = TrainingRun(settings(start), material, tmp_path / "run", GridTeacher())
    assert again.resume()
    assert again.next_batch == 0
    assert torch.equal(projection_of(again.student), projection_of(run.student))
