"""What `lookalike catalog ingest` and `models` tell, where no picture has to be looked at."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from catalog.records import FeatureRow
from catalog.store import open_store
from cli.catalog import app
from lookalike.vision.weights import DEFAULT_MODEL, find_model
from tests.unit.catalog.making import PICTURE, product, unit_features

VERSION = find_model(DEFAULT_MODEL).manifest.version


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with open_store(f"sqlite:///{tmp_path / 'catalog.sqlite'}") as store:
        store.put_products([product("a"), product("b", image_key=None)])
        store.put_features(VERSION, [FeatureRow("a", PICTURE, unit_features(1))])
    return tmp_path


@pytest.fixture
def newer(tmp_path: Path) -> dict[str, str]:
    """The environment in which there is also a model `newer`, the shipped one renumbered."""
    return with_model(tmp_path, name="newer", version="newer-1")


@pytest.fixture
def older(tmp_path: Path) -> dict[str, str]:
    """The environment in which there is a model `older` too, which saw other cutouts."""
    return with_model(tmp_path, name="older", version="older-1", preprocessing="2")


def with_model(folder: Path, **otherwise: str) -> dict[str, str]:
    shipped = find_model(DEFAULT_MODEL)
    models = folder / "models"
    models.mkdir()
    (models / shipped.manifest.filename).symlink_to(shipped.weights_file)
    manifest = shipped.manifest.model_copy(update=otherwise)
    (models / f"{manifest.name}.json").write_text(manifest.model_dump_json())
    return {"LOOKALIKE_MODELS": str(models)}


def lose_a_picture(data: Path) -> None:
    with open_store(f"sqlite:///{data / 'catalog.sqlite'}") as store:
        store.put_products([product("lost", image_key="f" * 64 + ".png")])


def run(*arguments: str, env: dict[str, str] | None = None) -> tuple[int, str, str]:
    shown = CliRunner().invoke(app, arguments, env=env)
    return shown.exit_code, shown.stdout, shown.stderr


def test_nothing_to_do_is_done_at_once(data: Path) -> None:
    code, out, _ = run("ingest", "--data", str(data))
    assert (code, out) == (0, f"0 products given features of {VERSION}, 0 left out\n")


def test_a_switch_is_told_with_its_change(data: Path) -> None:
    code, out, _ = run("ingest", "--data", str(data), "--switch")
    assert code == 0
    assert f"searches use {VERSION} as of change 4" in out
    code, out, _ = run("models", "--data", str(data), "--json")
    assert json.loads(out) == {
        "version": VERSION,
        "current": 1,
        "outdated": 0,
        "lacking": 0,
        "active": True,
    }


def test_models_are_a_table_for_people(data: Path) -> None:
    """Before the first switch the service's own model is the one that is searched."""
    with open_store(f"sqlite:///{data / 'catalog.sqlite'}") as store:
        store.put_features("older-1", [FeatureRow("a", PICTURE, unit_features(1))])
    code, out, _ = run("models", "--data", str(data))
    assert code == 0
    assert [line.split()[1] for line in out.splitlines() if "yes" in line] == [VERSION]
    assert "older-1" in out


def test_a_model_that_is_searched_and_has_no_features_yet_is_listed(
    data: Path, newer: dict[str, str]
) -> None:
    env = {**newer, "LOOKALIKE_WEIGHTS": "newer"}
    code, out, _ = run("models", "--data", str(data), "--json", env=env)
    models = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert {m["version"]: (m["lacking"], m["active"]) for m in models} == {
        VERSION: (0, False),
        "newer-1": (1, True),
    }


def test_models_are_listed_where_the_service_s_own_is_not(data: Path) -> None:
    code, out, err = run("models", "--data", str(data), env={"LOOKALIKE_WEIGHTS": "nonsense"})
    assert code == 0
    assert VERSION in out
    assert "yes" not in out
    assert "can't be told here" in err


def test_a_lost_picture_is_told_and_leaves_code_3(data: Path) -> None:
    lose_a_picture(data)
    code, out, err = run("ingest", "--data", str(data))
    assert code == 3
    assert "lost: its picture is not in the image folder" in err
    assert out == f"0 products given features of {VERSION}, 1 left out\n"


def test_a_picture_that_was_never_found_does_not_hold_up_the_first_switch(data: Path) -> None:
    lose_a_picture(data)
    code, out, _ = run("ingest", "--data", str(data), "--switch")
    assert code == 3
    assert f"searches use {VERSION}" in out


def test_a_switch_that_would_lose_products_is_refused_unless_it_is_wanted(
    data: Path, newer: dict[str, str]
) -> None:
    """Of the two without features of the newer model, the one before found one."""
    lose_a_picture(data)
    command = ("ingest", "--data", str(data), "--weights", "newer", "--switch")
    code, _, err = run(*command, env=newer)
    assert code == 1
    assert "1 products that another model finds have no features of newer-1" in err
    code, out, _ = run(*command, "--leave-out", env=newer)
    assert code == 3
    assert "searches use newer-1" in out


def test_the_first_switch_after_an_upgrade_is_refused_where_it_would_lose_products(
    data: Path,
) -> None:
    """What was searched before the upgrade bore the same name, and is here no more."""
    with open_store(f"sqlite:///{data / 'catalog.sqlite'}") as store:
        lost = product("lost", image_key="f" * 64 + ".png")
        store.put_products([lost])
        store.put_features("older-1", [FeatureRow("lost", str(lost.image_key), unit_features(2))])
    command = ("ingest", "--data", str(data), "--weights", DEFAULT_MODEL, "--switch")
    code, _, err = run(*command)
    assert code == 1
    assert f"1 products that another model finds have no features of {VERSION}" in err


def test_a_model_that_does_not_exist_is_told_in_a_sentence(data: Path) -> None:
    code, out, err = run("ingest", "--data", str(data), "--weights", "nonsense")
    assert (code, out) == (1, "")
    assert "no weights called 'nonsense'" in err


@pytest.mark.parametrize("options", [(), ("--switch",), ("--switch", "--leave-out")])
def test_searches_are_not_switched_to_a_model_that_saw_other_cutouts(
    data: Path, older: dict[str, str], options: tuple[str, ...]
) -> None:
    """Its features are complete, and no encoder could look at a photo for them."""
    with open_store(f"sqlite:///{data / 'catalog.sqlite'}") as store:
        store.put_features("older-1", [FeatureRow("a", PICTURE, unit_features(1))])
    command = ("ingest", "--data", str(data), "--weights", "older", *options)
    code, out, err = run(*command, env=older)
    assert (code, out) == (1, "")
    assert "older.json is for pictures cut out by preprocessing 2" in err
    with open_store(f"sqlite:///{data / 'catalog.sqlite'}") as store:
        assert store.active_model() is None


def test_no_store_is_made_where_there_is_none(tmp_path: Path) -> None:
    code, _, err = run("models", "--data", str(tmp_path))
    assert code == 1
    assert "can't be opened" in err
    assert list(tmp_path.iterdir()) == []
