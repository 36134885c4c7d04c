"""What `lookalike up` says of a configuration that is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.served_config import with_data
from cli.served_file import read_config
from cli.settings import Settings
from deployments.errors import ServiceError
from deployments.settings import ServiceArgs
from worker.settings import WorkerArgs

STAGES = "applications: [{import_path: 'deployments.app:build', args: {%s}}]"
WORKERS = "applications: [{import_path: 'worker.app:build', route_prefix: , args: {%s}}]"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "applications"),
        ("just words", "applications"),
        ("http_options: {port: 8000}", "applications: Field required"),
        ("applications:", "applications: Input should be a valid list"),
        ("applications: []", "applications: List should have at least 1 item"),
        ("applications: [{args: {}}]", r"applications\.0\.import_path: Field required"),
        ("http_options: {port: http}\n" + STAGES % "", r"http_options\.port: .* valid integer"),
        (STAGES % "catalog: sqlite", r"args\.catalog: .* valid dictionary"),
        (STAGES % "catalog: {images_dir: 7}", r"args\.catalog\.images_dir: .* valid string"),
        (STAGES % "gateway: {access: no}", r"gateway\.access: .* valid dictionary"),
        (STAGES % "catalog: {shardz: 2}", r"applications\.0\.args\.catalog\.shardz: Extra inputs"),
        (
            STAGES % "encoder: {threads: 0}",
            r"args\.encoder\.threads: .* greater than or equal to 1",
        ),
        (WORKERS % "nats: {url: '', jobz: {}}", r"args\.nats\.jobz: Extra inputs"),
        ("http_options: {port: 70000}\n" + STAGES % "", r"http_options\.port: .* 65535"),
        ("applications: [", "while parsing"),
        ("\0", "special characters"),
    ],
)
def test_a_file_that_is_no_configuration_is_refused_by_its_name(
    text: str, says: str, tmp_path: Path
) -> None:
    config = tmp_path / "serve_config.yaml"
    config.write_text(text)
    with pytest.raises(ServiceError, match=f"^{config}.*{says}"):
        read_config(config)


@pytest.mark.parametrize("name", ["serve_config.yaml", "serve_config.gpu.yaml"])
def test_in_another_folder_it_says_where_the_file_lies(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    checkout = Path(__file__).parents[3]
    with pytest.raises(ServiceError, match=f"no {name} here; run the command in {checkout}, where"):
        read_config(Path(name))


def test_a_file_that_is_nowhere_is_told_with_the_option_that_names_one(tmp_path: Path) -> None:
    absent = tmp_path / "absent.yaml"
    with pytest.raises(ServiceError, match=f"^there is no file {absent}; --config names another"):
        read_config(absent)


def test_a_file_of_other_bytes_than_utf_8_is_refused(tmp_path: Path) -> None:
    config = tmp_path / "serve_config.yaml"
    config.write_bytes(b"# caf\xe9\n")
    with pytest.raises(ServiceError, match="is not UTF-8"):
        read_config(config)


@pytest.mark.parametrize(
    "bare",
    [
        "encoder: , segmenter: , gateway: {access: }",
        "encoder: {weights: }, segmenter: {model: }, catalog: {shards: }",
        "gateway: {access: {keys_file: , hosts: }, writes: }",
    ],
)
def test_the_builders_take_bare_names(bare: str, tmp_path: Path) -> None:
    config = tmp_path / "serve_config.yaml"
    config.write_text(STAGES % bare)
    (stages,) = read_config(config)["applications"]
    assert ServiceArgs.model_validate(stages["args"]) == ServiceArgs()
    config.write_text(WORKERS % f"{bare}, nats: {{url: , jobs: }}")
    (workers,) = read_config(config)["applications"]
    assert WorkerArgs.model_validate(workers["args"]) == WorkerArgs()
    assert workers["route_prefix"] is None, "there it means something"


def test_bare_names_are_as_if_they_were_not_there(tmp_path: Path) -> None:
    bare = (
        "catalog: {store_url: , images_dir: }, gateway: {access: {keys_file: }}, encoder: , nats: "
    )
    config = tmp_path / "serve_config.yaml"
    config.write_text("http_options:\n" + STAGES % bare)
    settings = Settings(data_dir=tmp_path)
    (application,) = with_data(read_config(config), settings)["applications"]
    assert application["args"]["catalog"] == {
        "store_url": settings.store_url,
        "images_dir": str(settings.images_dir),
    }
    assert application["args"]["gateway"]["access"]["keys_file"] == str(settings.keys_file)
