"""`lookalike train` and `lookalike eval` say what is wrong before they work for hours."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import torch
from safetensors.torch import save
from typer.testing import CliRunner, Result

from cli.main import app
from tests.unit.training.pictures import write_clothing, write_shop


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
        ("train", "--data", tmp_path, "--out", tmp_path / "out", "--no-drawings"),
        ("eval", "split", "--data", tmp_path, "--out", tmp_path / "tables"),
    ):
        done = lookalike(*command)
        assert done.exit_code == 1
        assert "holds neither clothing/ nor street/ nor shop/" in " ".join(done.output.split())


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
