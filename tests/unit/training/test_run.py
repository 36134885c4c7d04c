"""A tiny run from pictures to the exported file, on the CPU as on a GPU."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from lookalike.training.checkpoint import load_checkpoint, save_checkpoint
from lookalike.training.devices import pick_device
from lookalike.training.finish import finish
from lookalike.training.material import Material
from lookalike.training.plots import plot_confusion, plot_curves
from lookalike.training.schedule import parse_plan
from lookalike.training.train import TrainingRun
from lookalike.training.train_settings import TrainSettings
from lookalike.training.validation import quick_figures
from lookalike.vision.encode import ResNet34Encoder
from lookalike.vision.garment_net import GarmentNet, to_input
from lookalike.vision.manifest import load_manifest
from lookalike.vision.weights import sha256_of
from tests.unit.training.stopping import StopAfter

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def settings(plan: str = "32x2", workers: int = 1) -> TrainSettings:
    return TrainSettings(
        plan=parse_plan(plan), batch_size=32, bank_size=32, seed=3, device=DEVICE, workers=workers
    )


def weights(net: GarmentNet) -> torch.Tensor:
    return torch.cat([t.float().flatten().cpu() for t in net.state_dict().values()])


def few(material: Material) -> Material:
    """So few training pictures that an epoch takes a moment, and still several batches."""
    return replace(material, train_rows=material.train_rows[:12])


def brief(workers: int = 1) -> TrainSettings:
    return replace(settings("32x2", workers), batch_size=8, mixed_share=0.5)


def test_from_pictures_to_the_file_that_serves(material: Material, tmp_path: Path) -> None:
    material = few(material)
    run = TrainingRun(settings("32x1,48x1"), material, tmp_path)
    assert run.run(lambda net, size: quick_figures(material, net, size))
    finished = finish(run.average.net, material, tmp_path / "model", None, "", 48)
    assert finished.manifest.version == f"trained-{finished.manifest.sha256[:8]}"
    weights_file = tmp_path / "model" / finished.manifest.filename
    assert sha256_of(weights_file) == finished.manifest.sha256
    manifest = load_manifest(tmp_path / "model" / "lookalike-resnet34.json")
    encoded = ResNet34Encoder(weights_file, manifest, device="cpu").encode(material.cutout[:3])
    assert encoded.features.shape == (3, 512)
    assert np.linalg.norm(encoded.features, axis=1) == pytest.approx(1.0, abs=1e-3)
    with (tmp_path / "log.jsonl").open("a") as log:
        log.write('{"epoch": 1, "kind": "los{"epoch": 1}\n[]\n{"epoch": 2')
    plot_curves(tmp_path / "log.jsonl", tmp_path / "curves.png")
    plot_confusion(finished.shares, finished.labels, tmp_path / "confusion.png")
    assert (tmp_path / "curves.png").stat().st_size > 5000
    assert (tmp_path / "confusion.png").stat().st_size > 5000
    assert set(finished.figures) == {"clothing", "shop", "back"}
    lines = (tmp_path / "log.jsonl").read_text().splitlines()[:-3]
    kinds = [json.loads(line)["kind"] for line in lines]
    assert kinds.count("epoch") == 2
    assert kinds.count("validation") == 1


def test_each_of_many_held_out_figures_has_a_colour_of_its_own(tmp_path: Path) -> None:
    figures = {f"view{n}/top1": n / 12 for n in range(12)}
    lines = (json.dumps({"epoch": n, "kind": "validation", **figures}) for n in (1, 2))
    (tmp_path / "log.jsonl").write_text("\n".join(lines))
    plot_curves(tmp_path / "log.jsonl", tmp_path / "curves.png")
    with Image.open(tmp_path / "curves.png") as picture:
        found = picture.convert("RGB").getcolors(picture.width * picture.height) or []
    often = [colour for count, colour in found if count > 100 and isinstance(colour, tuple)]
    assert sum(max(colour) - min(colour) > 40 for colour in often) == len(figures)


@pytest.fixture(scope="module")
def whole(material: Material, tmp_path_factory: pytest.TempPathFactory) -> TrainingRun:
    """A run of two epochs that nothing interrupted."""
    run = TrainingRun(brief(workers=2), few(material), tmp_path_factory.mktemp("whole"))
    assert run.run()
    return run


def test_two_runs_with_one_seed_end_in_the_same_weights(
    whole: TrainingRun, material: Material, tmp_path: Path
) -> None:
    again = TrainingRun(brief(workers=2), few(material), tmp_path)
    assert again.run()
    assert torch.equal(weights(again.average.net), weights(whole.average.net))
    assert torch.equal(weights(again.student.net), weights(whole.student.net))


def test_an_interrupted_run_ends_where_an_uninterrupted_one_does(
    whole: TrainingRun, material: Material, tmp_path: Path
) -> None:
    first = TrainingRun(brief(workers=2), few(material), tmp_path)
    assert not first.run(stop=StopAfter(3))
    assert (first.epoch, first.next_batch > 0) == (1, True)
    second = TrainingRun(brief(workers=2), few(material), tmp_path)
    assert second.resume()
    assert second.run()
    assert torch.equal(weights(second.average.net), weights(whole.average.net))
    assert torch.equal(weights(second.student.net), weights(whole.student.net))


def test_a_run_that_is_begun_anew_does_not_go_on_with_the_log_of_another(
    material: Material, tmp_path: Path
) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text('{"epoch": 41, "kind": "validation"}\n')
    first = TrainingRun(brief(), few(material), tmp_path)
    assert not first.run(stop=StopAfter(3))
    begun = log.read_text()
    assert {json.loads(line)["epoch"] for line in begun.splitlines()} == {0, 1}
    second = TrainingRun(brief(), few(material), tmp_path)
    assert second.resume()
    assert second.run()
    assert log.read_text().startswith(begun)


def test_a_run_on_time_goes_on_until_it_is_spent(material: Material, tmp_path: Path) -> None:
    timed = replace(brief(), minutes=0.01)
    run = TrainingRun(timed, few(material), tmp_path)
    assert not run.run(stop=StopAfter(1))
    spent_s = run.spent_s
    assert spent_s > 0.0
    again = TrainingRun(timed, few(material), tmp_path)
    assert again.resume()
    assert again.spent_s == spent_s
    assert again.run()
    assert again.spent_s >= 0.6


def test_frozen_stages_keep_weights_and_statistics(material: Material, tmp_path: Path) -> None:
    run = TrainingRun(replace(settings("32x1"), frozen_stages=2), few(material), tmp_path)
    before = {name: t.clone() for name, t in run.student.net.backbone.state_dict().items()}
    assert run.run()
    after = run.student.net.backbone.state_dict()
    moved = {name.split(".")[0] for name, t in after.items() if not torch.equal(t, before[name])}
    assert moved == {"layer3", "layer4"}


def test_another_seed_trains_another_network(material: Material, tmp_path: Path) -> None:
    one = TrainingRun(settings(), material, tmp_path / "one")
    other = TrainingRun(replace(settings(), seed=4), material, tmp_path / "other")
    assert not torch.equal(weights(one.student.net), weights(other.student.net))


def test_without_a_checkpoint_there_is_nothing_to_resume(
    material: Material, tmp_path: Path
) -> None:
    assert not TrainingRun(settings(), material, tmp_path).resume()


def test_a_checkpoint_of_another_kind_of_run_is_one_sentence(
    whole: TrainingRun, material: Material
) -> None:
    other = replace(few(material), targets=few(material).targets[:, :5])
    run = TrainingRun(brief(), other, whole.folder)
    with pytest.raises(ValueError, match=r"checkpoint\.pt is of another kind of run") as raised:
        run.resume()
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("content", [b"", b"abc", b"PK\x03\x04", b"\x80\x02junk", b"\x00" * 99])
def test_a_broken_checkpoint_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "checkpoint.pt").write_bytes(content)
    with pytest.raises(ValueError, match=r"checkpoint\.pt is broken, or no checkpoint"):
        load_checkpoint(tmp_path / "checkpoint.pt")


def test_a_full_disk_leaves_the_checkpoint_before(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "checkpoint.pt", {"epoch": 1})
    (tmp_path / "checkpoint.tmp").symlink_to("/dev/full")
    with pytest.raises(OSError, match=r"checkpoint\.pt can't be written: .*No space left"):
        save_checkpoint(tmp_path / "checkpoint.pt", {"epoch": 2})
    assert load_checkpoint(tmp_path / "checkpoint.pt") == {"epoch": 1}


@pytest.mark.parametrize("name", ["gpu", "mps", "meta", "cpu:x", "cuda:99"])
def test_a_device_that_is_not_there_is_one_sentence(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        pick_device(name)


def test_training_normalises_as_serving_does(material: Material) -> None:
    from lookalike.training.augment import normalised, resized

    pictures = np.asarray(material.cutout[:2])
    assert torch.allclose(normalised(resized(pictures, 224)), to_input(pictures), atol=1e-5)


def test_a_share_of_the_start_is_mixed_into_what_was_trained(
    material: Material, tmp_path: Path
) -> None:
    whole = TrainingRun(settings("32x1"), few(material), tmp_path / "whole")
    start = tmp_path / "start.safetensors"
    save_file({n: t.contiguous() for n, t in whole.student.net.state_dict().items()}, start)
    mixed = replace(settings("32x1"), start=start, start_share=0.25)
    run = TrainingRun(mixed, few(material), tmp_path / "run")
    assert run.run()
    weight = "mlp.0.weight"
    expected = run.average.net.state_dict()[weight].lerp(load_file(start)[weight].to(DEVICE), 0.25)
    assert torch.allclose(run.trained().state_dict()[weight], expected, atol=1e-6)
    assert torch.equal(weights(run.trained()), weights(run.trained()))


def test_a_share_of_no_start_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a start"):
        replace(settings(), start_share=0.25)
