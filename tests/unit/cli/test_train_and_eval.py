"""`lookalike train` and `lookalike eval` say what is wrong before they work for hours."""

from __future__ import annotations

import csv
import json
import signal
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save, save_file
from typer.testing import CliRunner, Result

from cli.main import app
from cli.training_checks import check_extra, check_samples, check_teacher, one_sided
from cli.training_notes import told, told_of_teacher
from cli.training_run import stopping
from lookalike.training.dataset import load_samples
from lookalike.training.sample import DRAWN, Sample
from lookalike.training.schedule import parse_plan, stretched
from lookalike.training.splits import Split, split_of
from lookalike.training.train_settings import TrainSettings
from lookalike.training.tune import TuneSettings, origin_of
from lookalike.training.tuned_teacher import TunedTeacher
from lookalike.vision.garment_net import GarmentNet
from tests.unit.training.pictures import painted, write_clothing, write_shop


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
    ],
)
def test_options_of_a_training_that_there_is_not_are_refused(
    data: Path, options: list[str], says: str
) -> None:
    file = data / "start.safetensors"
    file.touch()
    assert says in refused(data, *(str(file) if option == "FILE" else option for option in options))


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
    views = ", views at 192 px, view 1, opinion 1, places 1"
    assert told_of_teacher(settings, None, None) == "no tuned teacher"
    assert told_of_teacher(settings, None, tuned) == f"teacher tuned 128x3,192x4{views}"
    beside = replace(settings, co_teacher=Path("a.st"))
    assert told_of_teacher(beside, Path("b.st"), tuned) == (
        f"teacher b.st tuned 128x3,192x4, co-teacher a.st{views}"
    )


def test_split_writes_the_half_that_is_asked_for(tmp_path: Path) -> None:
    write_clothing(tmp_path / "clothing", senders=80)
    write_shop(tmp_path / "shop", styles=40)
    names = {}
    for half in ("select", "report"):
        done = lookalike(
            *("eval", "split", "--data", tmp_path, "--out", tmp_path / half, "--half", half)
        )
        assert done.exit_code == 0
        with (tmp_path / half / "clothing.csv").open(newline="") as table:
            names[half] = {row["image"] for row in csv.DictReader(table)}
    assert names["select"]
    assert names["report"]
    assert not names["select"] & names["report"]


def test_split_reads_tables_as_the_other_commands_do(tmp_path: Path) -> None:
    write_clothing(tmp_path / "clothing", senders=80)
    table = tmp_path / "clothing" / "labels.csv"
    rows = table.read_text()
    table.write_text("\ufeff" + rows.replace(",", ";") + "x;1;socks\n;1;hat\n", encoding="utf-8")
    done = lookalike("eval", "split", "--data", tmp_path, "--out", tmp_path / "tables")
    assert done.exit_code == 0
    assert "1 rows without one of the 13 categories are left out: socks (1)" in done.output
    assert "labels.csv, row 163 names no picture" in done.output


def test_split_of_too_little_is_one_sentence(tmp_path: Path) -> None:
    write_clothing(tmp_path / "clothing", senders=1)
    done = lookalike("eval", "split", "--data", tmp_path, "--out", tmp_path / "tables")
    assert done.exit_code == 1
    assert "none are held out" in " ".join(done.output.split())


def test_a_folder_that_holds_no_such_model_is_not_passed_over(tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("image,category\na.jpg,hat\nb.jpg,Top [/wear]\n")
    (tmp_path / "mine").mkdir()
    asked = ("eval", "classify", "--labels", table, "--images", tmp_path, "--models")
    done = lookalike(*asked, tmp_path / "mine")
    assert done.exit_code == 1
    assert f"{tmp_path}/mine" in "".join(done.output.split())
    assert "1 rows without one of the 13 categories are left out: Top [/wear] (1)" in done.output
    assert lookalike(*asked, tmp_path / "nowhere").exit_code == 2


def test_a_table_that_leaves_nothing_to_measure_is_refused_before_a_model_is_opened(
    tmp_path: Path,
) -> None:
    shop = write_shop(tmp_path / "shop", styles=2)
    retrieval = ("eval", "retrieval", "--gallery", shop / "products.csv", "--queries")
    (tmp_path / "tagged.csv").write_text("image,category\na.jpg,socks\n")
    (tmp_path / "none.csv").write_text("article_id,image_path\nA-1,\n")
    labels = ("--labels", tmp_path / "tagged.csv", "--images", tmp_path)
    for asked, says in (
        ((*retrieval, shop / "views.csv", "--view", "side"), "has the view side; there is back"),
        ((*retrieval, tmp_path / "none.csv"), "no row of it has a picture and an article_id"),
        (("eval", "classify", *labels), "has a picture and one of the 13 categories"),
        (("eval", "robustness", "--labels", tmp_path / "none.csv"), "no row of it has a picture"),
    ):
        done = lookalike(*asked)
        told = " ".join(done.output.split())
        assert done.exit_code == 1
        assert says in told
        assert "model" not in told
    assert f"left out: {tmp_path / 'none.csv'}, row 2 names no picture" in told


def test_the_measured_model_is_the_one_of_the_setting(tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("image,category\na.jpg,hat\n")
    asked = ["eval", "classify", "--labels", str(table), "--images", str(tmp_path)]
    environment = {"LOOKALIKE_WEIGHTS": "mine", "LOOKALIKE_MODELS": str(tmp_path)}
    assert "mine" in CliRunner().invoke(app, asked, env=environment).output
    named = CliRunner().invoke(app, [*asked, "--model", "other"], env=environment).output
    assert "other" in named
    assert "mine" not in named


def test_pictures_that_can_not_be_used_are_counted_and_their_names_are_text(
    tmp_path: Path,
) -> None:
    painted("navy", round_=False).save(tmp_path / "there.png")
    missing = "".join(f"\x1b[2J{n}.jpg,hat\n" for n in range(7))
    table = tmp_path / "labels.csv"
    table.write_text(f"image,category\nthere,hat\n{missing}")
    done = lookalike("eval", "classify", "--labels", table, "--images", tmp_path, "--json")
    assert done.exit_code == 0, done.output
    assert "\x1b[2J" not in done.output
    assert "7 of 8 pictures can't be used" in done.stderr
    assert done.stderr.count("No such file") == 5
    assert "left out: 2 more" in done.stderr
    counted = json.loads(done.stdout.splitlines()[-1])
    assert (counted["case"], counted["value"], counted["n"]) == ("left_out", 7, 8)
