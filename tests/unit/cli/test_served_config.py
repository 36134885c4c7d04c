"""What the command line's settings make of a serve configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import make_url

from cli.served_config import as_served, replaced_places, with_data
from cli.settings import Settings

SHOP: dict[str, Any] = {
    "applications": [
        {"import_path": "worker.app:build"},
        {
            "import_path": "deployments.app:build",
            "args": {
                "encoder": {"weights": "own"},
                "catalog": {
                    "store_url": "postgresql+psycopg://shop@store/shop",
                    "images_dir": "/srv/pictures",
                },
            },
        },
    ]
}
CONFIG: dict[str, Any] = {
    "applications": [
        {
            "import_path": "deployments.app:build",
            "args": {"encoder": {"weights": "own", "threads": 1}, "segmenter": {"model": "u2netp"}},
        },
        {"import_path": "worker.app:build"},
    ]
}


def test_photos_are_looked_at_as_the_catalogue_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKALIKE_WEIGHTS", "other")
    served = with_data(CONFIG, Settings(data_dir=tmp_path))
    first, worker = (application["args"] for application in served["applications"])
    assert first["encoder"] == {"weights": "other", "threads": 1}
    assert worker["encoder"] == {"weights": "other"}


def test_the_configurations_own_models_stay_where_nothing_else_is_named(tmp_path: Path) -> None:
    served = with_data(CONFIG, Settings(data_dir=tmp_path))
    arguments = served["applications"][0]["args"]
    assert arguments["encoder"]["weights"] == "own"
    assert arguments["segmenter"] == {"model": "u2netp"}


@pytest.mark.parametrize("name", ["q?x", "a%20b", "한글 폴더"])
def test_what_is_served_is_what_the_catalogue_commands_fill(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / name
    folder.mkdir()
    monkeypatch.chdir(folder)
    served = as_served(Settings(), with_data(CONFIG, Settings()))
    assert make_url(served.store_url).database == str(folder / "data" / "catalog.sqlite")
    assert make_url(Settings().store_url).database == "data/catalog.sqlite"


def stages_catalog(settings: Settings) -> dict[str, Any]:
    catalog: dict[str, Any] = with_data(SHOP, settings)["applications"][1]["args"]["catalog"]
    return catalog


def test_each_place_of_the_file_stays_until_it_is_named_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = "postgresql+psycopg://shop@other/shop"
    monkeypatch.setenv("LOOKALIKE_STORE_URL", other)
    assert stages_catalog(Settings()) == {"store_url": other, "images_dir": "/srv/pictures"}
    monkeypatch.setenv("LOOKALIKE_IMAGES_DIR", "/mnt/pictures")
    assert stages_catalog(Settings()) == {"store_url": other, "images_dir": "/mnt/pictures"}
    monkeypatch.delenv("LOOKALIKE_STORE_URL")
    monkeypatch.delenv("LOOKALIKE_IMAGES_DIR")
    assert stages_catalog(Settings(data_dir=tmp_path)) == {
        "store_url": f"sqlite:///{tmp_path / 'catalog.sqlite'}",
        "images_dir": str(tmp_path / "images"),
    }


def test_places_of_the_file_that_the_data_folder_replaces_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert replaced_places(SHOP, Settings()) == []
    assert replaced_places(SHOP, Settings(data_dir=tmp_path)) == ["store_url", "images_dir"]
    monkeypatch.setenv("LOOKALIKE_DATA_DIR", str(tmp_path))
    assert replaced_places(SHOP, Settings()) == ["store_url", "images_dir"]
    monkeypatch.setenv("LOOKALIKE_STORE_URL", "sqlite:////srv/other.sqlite")
    assert replaced_places(SHOP, Settings()) == ["images_dir"]
    keys: dict[str, Any] = {"gateway": {"access": {"keys_file": "/etc/lookalike/keys.json"}}}
    stages = {"import_path": "deployments.app:build", "args": keys}
    assert replaced_places({"applications": [stages, stages]}, Settings()) == ["keys_file"]


def test_places_that_are_the_shipped_files_or_the_folders_own_are_not_told(tmp_path: Path) -> None:
    shipped = yaml.safe_load((Path(__file__).parents[3] / "serve_config.yaml").read_text())
    settings = Settings(data_dir=tmp_path)
    assert replaced_places(shipped, settings) == []
    assert replaced_places(with_data(SHOP, settings), settings) == []


def test_what_is_prepared_is_what_the_stages_serve(tmp_path: Path) -> None:
    settings = as_served(Settings(), with_data(SHOP, Settings()))
    assert settings.store_url == "postgresql+psycopg://shop@store/shop"
    assert settings.images_dir == Path("/srv/pictures")
    assert settings.weights == "own"
    named = Settings(data_dir=tmp_path, weights="other")
    settings = as_served(named, with_data(SHOP, named))
    assert settings.store_url == f"sqlite:///{tmp_path / 'catalog.sqlite'}"
    assert (settings.images_dir, settings.weights) == (tmp_path / "images", "other")
