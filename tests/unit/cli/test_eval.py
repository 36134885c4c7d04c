"""`lookalike eval` before any picture is looked at, and what is said of those left out."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from typer.testing import CliRunner, Result

from cli.main import app
from tests.unit.training.pictures import painted, write_clothing, write_shop


def lookalike(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


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


def counted(*arguments: object) -> tuple[float, int]:
    """How many rows of how many were left out, by the last line of the JSON."""
    done = lookalike("eval", *arguments, "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["case"], found["unit"]) == ("left_out", "rows")
    return found["value"], found["n"]


def test_rows_that_are_left_out_are_counted_whatever_is_wrong_with_them(tmp_path: Path) -> None:
    painted("navy", round_=False).save(tmp_path / "a.png")
    table, articles = tmp_path / "labels.csv", tmp_path / "articles.csv"
    table.write_text(
        "image,category,x,y,w,h,note\na,hat,1,2,30,40,\na,socks,1,2,30,40,\na,hat,1,2,,40,\n"
        'a,hat,1,2,30,40,"6 inches\nnowhere,hat,1,2,30,40,\n'
    )
    articles.write_text("article_id,image_path,view\nA-1,a,main\nA-2,,main\nA-3,b,side\n")
    labels = ("--labels", table, "--images", tmp_path, "--boxes")
    assert counted("classify", *labels) == (4, 5)
    assert counted("robustness", *labels) == (3, 5)
    both = ("--gallery", articles, "--queries", articles, "--view", "main")
    assert counted("retrieval", *both) == (3, 5)
