"""What `lookalike up` says of a configuration that is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.served_config import with_data
from cli.served_file import read_config
from cli.settings import Settings
from deployments.errors import ServiceError

STAGES = "applications: [{import_path: 'deployments.app:build', args: {%s}}]"


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


def test_a_file_of_other_bytes_than_utf_8_is_refused(tmp_path: Path) -> None:
    config = tmp_path / "serve_config.yaml"
    config.write_bytes(b"# caf\xe9\n")
    with pytest.raises(ServiceError, match="is not UTF-8"):
        read_config(config)


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
