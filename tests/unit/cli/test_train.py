"""`lookalike train` says what is wrong before it works for hours."""

from __future__ import annotations

import signal
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save, save_file
from typer.testing import CliRunner, Result

from cli.main import app
from cli.training_checks import check_extra, check_samples, check_teacher, one_sided
from cli.training_notes import told, told_of_teachers
from cli.training_run import stopping
from lookalike.training.dataset import load_samples
from lookalike.training.sample import DRAWN, Sample
from lookalike.training.schedule import parse_plan, stretched
from lookalike.training.splits import Split, split_of
from lookalike.training.train_settings import TrainSettings
from lookalike.training.tune import TuneSettings, origin_of
from lookalike.training.tuned_teacher import TunedTeacher
from lookalike.vision.garment_net import GarmentNet
from tests.unit.training.pictures import write_clothing


def lookalike(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_heads_only_needs_weights_to_keep(tmp_path: Path) -> None:
    done = lookalike("train", "--data", tmp_path, "--out", tmp_path / "out", "--heads-only")
    assert done.exit_code == 1
    assert "--start" in done.output


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--plan", "112"], "no phase"),
        (["--plan", "112x2,160x2", "--epochs", "1"], "at least 2 epochs"),
    ],
)
def test_a_wrong_plan_is_one_sentence(tmp_path: Path, options: list[str], says: str) -> None:
    done = lookalike("train", "--data", tmp_path, "--out", tmp_path / "out", *options)
    assert done.exit_code == 1
    assert says in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    "option",
    [("--minutes", "0"), ("--blends", "1.5"), ("--class-gradient", "-1"), ("--contrast", "x")],
)
def test_a_setting_out_of_range_is_refused(tmp_path: Path, option: tuple[str, str]) -> None:
    done = lookalike("train", "--data", tmp_path, "--out", tmp_path / "out", *option)
    assert done.exit_code == 2
    assert option[0] in done.output
    assert not (tmp_path / "out").exists()


def test_imagenet_weights_of_another_network_are_refused_at_once(tmp_path: Path) -> None:
    file = tmp_path / "resnet18.pth"
    torch.save({"conv1.weight": torch.zeros(1)}, file)
    done = lookalike(
        *("train", "--data", tmp_path, "--out", tmp_path / "out"),
        *("--backbone", "imagenet", "--imagenet-weights", file),
    )
    assert done.exit_code == 1
    assert "no weights of a ResNet34" in done.output


def test_a_file_that_is_no_teacher_is_refused_at_once(tmp_path: Path) -> None:
    for content in (b"rubbish", save({"conv1.weight": torch.zeros(1)})):
        (tmp_path / "teacher.safetensors").write_bytes(content)
        done = lookalike(
            *("train", "--data", tmp_path, "--out", tmp_path / "out"),
            *("--teacher", tmp_path / "teacher.safetensors"),
        )
        assert done.exit_code == 1
        assert "is no tuned teacher" in done.output


def test_a_folder_without_data_is_one_sentence(tmp_path: Path) -> None:
    for command in (
        ("train", "--data", tmp_path, "--out", tmp_path / "out"),
        ("train", "--data", tmp_path, "--out", tmp_path / "out", "--no-drawings"),
        ("eval", "split", "--data", tmp_path, "--out", tmp_path / "tables"),
    ):
        done = lookalike(*command)
        assert done.exit_code == 1
        assert "holds neither clothing/ nor street/ nor shop/" in " ".join(done.output.split())
        assert not (tmp_path / "out").exists()
    for asked in (("train",), ("eval", "split")):
        done = lookalike(*asked, "--data", tmp_path / "nowhere", "--out", tmp_path / "out")
        assert done.exit_code == 2


def refused(data: Path, *options: object) -> str:
    """What `train` says, on one line; it has neither drawn nor cut anything out."""
    asked = ("train", "--data", data, "--out", data / "out", "--no-drawings")
    done = lookalike(*asked, *options)
    assert done.exit_code == 1, done.output
    assert isinstance(done.exception, SystemExit)
    return " ".join(done.output.split())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_clothing(tmp_path / "clothing", senders=12)
    (tmp_path / "out").mkdir()
    return tmp_path


def test_what_can_not_be_started_from_is_told_at_once(data: Path) -> None:
    start = data / "start.safetensors"
    start.write_bytes(b"rubbish")
    assert "start.safetensors is no safetensors file" in refused(data, "--start", start)
    assert "start.safetensors is no safetensors file" in refused(data, "--co-teacher", start)
    assert lookalike(*("train", "--data", data, "--out", data), "--start", "nowhere").exit_code == 2


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--device", "gpu"], "'gpu' is no device"),
        (["--device", "cuda:99"], "there is no cuda:99 here"),
        (["--resume"], "out holds no run to go on with: leave --resume out"),
        (["--backbone", "imagenet", "--resume"], "no --resume"),
        (["--backbone", "imagenet", "--heads-only"], "needs --start"),
    ],
)
def test_options_that_can_not_be_followed_are_told_at_once(
    data: Path, options: list[str], says: str
) -> None:
    assert says in refused(data, *options)


def test_options_that_would_count_for_nothing_are_refused(data: Path) -> None:
    start = data / "start.safetensors"
    save_file(GarmentNet().state_dict(), start)
    imagenet = ("--backbone", "imagenet", "--start", start)
    assert "has weights of its own: leave --start out" in refused(data, *imagenet)
    assert "leave --backbone imagenet" in refused(data, *imagenet, "--heads-only")
    assert "no --resume" in refused(data, "--start", start, "--heads-only", "--resume")
    kept = refused(data, "--start", start, "--heads-only", "--co-teacher", start)
    assert "--co-teacher teaches the network, which is not trained here" in kept
    tuned = refused(data, "--start", start, "--heads-only", "--tune-plan", "224x3")
    assert "--teacher and --tune-plan are for the network, which is not trained here" in tuned
    frozen = refused(data, "--start", start, "--heads-only", "--frozen-teacher", "clip")
    assert "--frozen-teacher is for the training of the network" in frozen
    nobody = refused(data, "--frozen-opinion", "0.5", "--tune-plan", "none")
    assert "--frozen-opinion is for what a tuned teacher sees" in nobody
    nobody = refused(data, "--frozen-views", "--tune-plan", "none")
    assert "--frozen-views is for what a tuned teacher sees" in nobody
    alone = refused(data, "--co-teacher", start, "--tune-plan", "none")
    assert "--co-teacher needs a tuned teacher" in alone


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--imagenet-weights", "FILE"], "--imagenet-weights is for --backbone imagenet alone"),
        (
            ["--backbone", "imagenet", "--plan", "112x1", "--epochs", "1"],
            "--plan and --epochs are for the training of the network, which --backbone imagenet",
        ),
        (["--backbone", "imagenet", "--minutes", "5"], "leave it out"),
        (["--heads-only", "--start", "FILE", "--frozen-stages", "0"], "--frozen-stages is for"),
        (["--heads-only", "--start", "FILE", "--rate", "1", "--view-px", "9"], "leave them out"),
        (["--tune-plan", "none", "--opinion", "2"], "--opinion is for what a tuned teacher sees"),
    ],
)
def test_options_of_a_training_that_there_is_not_are_refused(
    data: Path, options: list[str], says: str
) -> None:
    file = data / "start.safetensors"
    file.touch()
    assert says in refused(data, *(str(file) if option == "FILE" else option for option in options))


def test_a_network_that_is_kept_has_no_curves_of_an_earlier_run(data: Path) -> None:
    start, out = data / "start.safetensors", data / "out"
    save_file(GarmentNet().state_dict(), start)
    (out / "model").mkdir()
    (out / "model" / "curves.png").touch()
    (out / "log.jsonl").write_text('{"epoch": 1, "kind": "validation", "clothing/top1": 0.5}\n')
    done = lookalike(
        *("train", "--data", data, "--out", out, "--no-drawings", "--mask-px", 64),
        *("--heads-only", "--start", start, "--input-px", 32),
    )
    assert done.exit_code == 0, done.output
    assert (out / "model" / "confusion.png").exists()
    assert not (out / "model" / "curves.png").exists()
    assert (out / "log.jsonl").exists()


@pytest.mark.parametrize("name", ["checkpoint.pt", "teacher.pt", "teacher.safetensors"])
def test_a_folder_with_a_run_is_not_begun_in(data: Path, name: str) -> None:
    (data / "out" / name).touch()
    assert f"{name} is there already: go on with --resume" in refused(data)


def test_a_teacher_of_another_seed_is_not_taken_for_the_own_one(data: Path) -> None:
    tuning = TuneSettings(parse_plan("128x3,192x4"), seed=0)
    origin = origin_of(tuning, load_samples(data))
    TunedTeacher().save(data / "out" / "teacher.safetensors", origin)
    check_teacher(data / "out", tuning, load_samples(data))
    told = refused(data, "--resume", "--seed", "1")
    assert "teacher.safetensors was tuned with another plan, seed or start" in told
    TunedTeacher().save(data / "out" / "teacher.safetensors")
    assert "does not say how it was tuned" in refused(data, "--resume")
    assert "--teacher" in told


def test_a_broken_checkpoint_is_told_at_once(data: Path) -> None:
    (data / "out" / "checkpoint.pt").write_bytes(b"PK")
    assert "checkpoint.pt is broken" in refused(data, "--resume", "--tune-plan", "none")


def test_too_few_pictures_to_measure_on_are_told_at_once(tmp_path: Path) -> None:
    write_clothing(tmp_path / "clothing", senders=1)
    assert "no labelled picture is held out" in refused(tmp_path, "--tune-plan", "none")
    held_out = [s for s in senders(40) if split_of("clothing", s.group) is Split.VALIDATION]
    with pytest.raises(ValueError, match="fewer than two pictures"):
        check_samples(held_out)


def test_drawings_stand_in_for_no_side_of_the_split(tmp_path: Path) -> None:
    drawn = [replace(sample, source=DRAWN) for sample in senders(80)]
    assert {sample.split for sample in drawn} == set(Split)
    held_out = [s for s in senders(40) if s.split is Split.VALIDATION]
    with pytest.raises(ValueError, match=r"fewer than two pictures .* but for drawings"):
        check_samples([*held_out, *drawn])
    learned = [s for s in senders(40) if s.split is Split.TRAIN]
    with pytest.raises(ValueError, match="no labelled picture is held out but for drawings"):
        check_samples([*learned, *drawn])
    check_samples([*learned, *held_out, *drawn])


def test_a_folder_that_lies_on_one_side_of_the_split_is_told(tmp_path: Path) -> None:
    assert not one_sided(senders(40))
    sender = {s.split: s for s in senders(40)}
    assert one_sided([sender[Split.TRAIN]] * 3) == [
        "all pictures of clothing/ (3) are learned from, none is held out to measure on: "
        "those of one sender_id stay together, and there is 1"
    ]
    (told,) = one_sided(
        [sender[Split.VALIDATION], *([replace(sender[Split.TRAIN], source=DRAWN)] * 2)]
    )
    assert told.startswith("all pictures of clothing/ (1) are held out, none is learned from:")
    tagged = [replace(s, source="tagged") for s in senders(40)]
    assert not one_sided(tagged)  # by design
    write_clothing(tmp_path / "clothing", senders=1)
    assert "all pictures of clothing/ (2) are " in refused(tmp_path, "--tune-plan", "none")


def senders(count: int) -> list[Sample]:
    return [
        Sample(
            "clothing", Path(str(n)), Path(), None, 0, group=str(n), instance=str(n), style=str(n)
        )
        for n in range(count)
    ]


def test_an_extra_that_is_not_installed_is_told_by_its_name() -> None:
    check_extra()
    with pytest.raises(ValueError, match=r"nowhere_to_be_found: pip install .*train"):
        check_extra(["matplotlib", "nowhere_to_be_found"])


def test_stopping_ends_with_the_run() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    with stopping() as stop:
        signal.raise_signal(signal.SIGTERM)
        assert stop.is_set()
        stop.clear()
        signal.raise_signal(signal.SIGINT)
        assert stop.is_set()
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before


def test_the_manifest_says_what_was_done_and_not_what_is_the_default() -> None:
    settings = TrainSettings(plan=stretched(parse_plan("112x12,160x5,224x3"), 4))
    notes = told(settings, "distilled", heads_only=False, taught="no tuned teacher")
    assert "plan 112x2,160x1,224x1, seed 0, batches of 64" in notes
    assert notes.endswith("start random, no tuned teacher")
    assert "view" not in notes
    assert told(settings, "imagenet", False, "") == "backbone imagenet, seed 0"
    assert told(replace(settings, start=Path("a.st")), "distilled", True, "") == (
        "heads only, start a.st"
    )


def test_the_manifest_says_who_taught_it() -> None:
    settings = TrainSettings(view_px=192)
    tuned = TuneSettings(parse_plan("128x3,192x4"))
    views = ", views at 192 px, view 1, opinion 1 (the frozen one's 0), places 1"
    alone = told_of_teachers(settings, "lite2", None, None)
    assert alone == "frozen teacher lite2, no tuned one"
    assert told_of_teachers(settings, "clip", None, tuned) == (
        f"frozen teacher clip, teacher tuned 128x3,192x4{views}"
    )
    beside = replace(settings, co_teacher=Path("a.st"))
    assert told_of_teachers(beside, "lite2", Path("b.st"), tuned) == (
        f"frozen teacher lite2, teacher b.st tuned 128x3,192x4, co-teacher a.st{views}"
    )
