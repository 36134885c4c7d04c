"""What `lookalike up` does to a catalogue before it starts the service."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from rich.console import Console
from rich.progress import Progress
from sqlalchemy import make_url

from catalog.demo_catalogue import build_demo
from catalog.images import ImageFolder
from catalog.ingest import FailedProduct, IngestReport
from catalog.records import ActiveModel, FeatureRow
from catalog.store import CatalogStore, open_store
from cli.catalog.demo import DemoResult
from cli.catalog.preparation import GIVEN_AT_START, prepare_catalogue
from cli.settings import Settings
from lookalike.contract.errors import UnavailableError
from lookalike.products import Product
from lookalike.vision.weights import DEFAULT_MODEL, find_model
from tests.postgres import PostgresCluster
from tests.unit.catalog.making import PICTURE, product, products, unit_features

VERSION = find_model(DEFAULT_MODEL).manifest.version


@dataclass(slots=True)
class Steps:
    """Stand in for the drawing and the models; note the weights that they were asked to use."""

    drawn_for: list[str] = field(default_factory=list)
    given_of: list[str] = field(default_factory=list)
    failed: list[FailedProduct] = field(default_factory=list)

    def draw(self, settings: Settings, _messages: Console) -> DemoResult:
        self.drawn_for.append(settings.weights)
        return DemoResult(520, 520, IngestReport(total=520), VERSION, 13)

    def give(
        self, settings: Settings, _store: CatalogStore, _progress: Progress
    ) -> tuple[IngestReport, str]:
        self.given_of.append(settings.weights)
        return IngestReport(total=1, failed=self.failed), VERSION


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


@pytest.fixture
def steps() -> Steps:
    return Steps()


def prepare(settings: Settings, steps: Steps, *, demo: bool = True) -> str:
    messages = io.StringIO()
    console = Console(file=messages, width=200)
    prepare_catalogue(settings, console, demo=demo, draw=steps.draw, give=steps.give)
    return messages.getvalue()


def put(settings: Settings, *items: Product) -> None:
    with open_store(settings.store_url) as store:
        store.put_products(items)


def test_an_empty_catalogue_gets_the_demo_unless_it_is_not_wanted(
    settings: Settings, steps: Steps
) -> None:
    prepare(settings, steps, demo=False)
    assert steps.drawn_for == []
    prepare(settings, steps)
    assert steps.drawn_for == [DEFAULT_MODEL]


def test_a_demo_that_was_cut_off_is_drawn_to_its_end(settings: Settings, steps: Steps) -> None:
    with open_store(settings.store_url) as store:
        build_demo(store, ImageFolder(settings.images_dir), per_category=1)
    prepare(settings, steps)
    assert steps.drawn_for == [DEFAULT_MODEL]


def test_a_demo_of_another_seed_that_was_cut_off_gets_features_and_is_not_drawn_over(
    settings: Settings, steps: Steps
) -> None:
    with open_store(settings.store_url) as store:
        build_demo(store, ImageFolder(settings.images_dir), seed=9, per_category=1)
    prepare(settings, steps)
    assert (steps.drawn_for, steps.given_of) == ([], [DEFAULT_MODEL])


def test_nothing_is_drawn_among_a_shop_s_own_products(settings: Settings, steps: Steps) -> None:
    with open_store(settings.store_url) as store:
        build_demo(store, ImageFolder(settings.images_dir), per_category=1)
    put(settings, product("1001"))
    prepare(settings, steps)
    assert steps.drawn_for == []
    assert steps.given_of == [DEFAULT_MODEL]


def test_a_finished_catalogue_is_left_alone(settings: Settings, steps: Steps) -> None:
    put(settings, product("1001"), product("1002", image_key=None))
    with open_store(settings.store_url) as store:
        store.put_features(VERSION, [FeatureRow("1001", PICTURE, unit_features(1))])
    assert prepare(settings, steps) == ""
    assert (steps.drawn_for, steps.given_of) == ([], [])


def test_features_are_those_of_the_model_that_searches_use(
    settings: Settings, steps: Steps
) -> None:
    put(settings, product("1001"))
    with open_store(settings.store_url) as store:
        store.switch_model(ActiveModel("newer-1", "newer"), leave_out=True)
    prepare(settings, steps)
    assert steps.given_of == ["newer"]


def test_features_are_those_of_the_weights_that_an_upgrade_brought(
    settings: Settings, steps: Steps
) -> None:
    put(settings, product("1001"))
    with open_store(settings.store_url) as store:
        store.put_features("distilled-0", [FeatureRow("1001", PICTURE, unit_features(1))])
        store.switch_model(ActiveModel("distilled-0", DEFAULT_MODEL))
    prepare(settings, steps)
    assert steps.given_of == [DEFAULT_MODEL]


def test_many_products_without_features_are_told_and_left_to_ingest(
    settings: Settings, steps: Steps
) -> None:
    put(settings, *products(GIVEN_AT_START))
    told = prepare(settings, steps)
    assert f"1,000 products have no features of {VERSION}" in told
    assert "lookalike catalog ingest" in told
    assert (steps.drawn_for, steps.given_of) == ([], [])


def test_the_command_that_is_told_is_of_what_is_served(
    settings: Settings, steps: Steps, tmp_path: Path
) -> None:
    """Store, pictures and model may be named by serve_config.yaml alone, or by `--data`."""
    shipped = find_model(DEFAULT_MODEL)
    models = tmp_path / "models"
    models.mkdir()
    (models / shipped.manifest.filename).symlink_to(shipped.weights_file)
    mine = shipped.manifest.model_copy(update={"version": "mine-1"})
    (models / "mine.json").write_text(mine.model_dump_json())
    put(settings, *products(GIVEN_AT_START))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LOOKALIKE_MODELS", str(models))
        environment.setenv("LOOKALIKE_DATA_DIR", str(tmp_path))
        assert "; `lookalike catalog ingest` gives them" in prepare(Settings(), steps)
        own = {"weights": "mine", "images_dir": tmp_path / "elsewhere"}
        told = prepare(Settings().model_copy(update=own), steps)
    assert "1,000 products have no features of mine-1" in told
    assert (
        "`lookalike catalog ingest --weights mine`, with LOOKALIKE_IMAGES_DIR set to the "
        "configuration's images_dir, gives them"
    ) in told
    told = prepare(settings, steps)
    assert f"`lookalike catalog ingest --data {tmp_path}` gives them" in told


def test_a_model_that_was_switched_to_needs_no_name(settings: Settings, steps: Steps) -> None:
    put(settings, *products(GIVEN_AT_START))
    with open_store(settings.store_url) as store:
        store.switch_model(ActiveModel("newer-1", "newer"))
    told = prepare(settings, steps)
    assert "no features of newer-1" in told
    assert "--weights" not in told


class _AtTheFirstWord(io.StringIO):
    """Does something once anything is said."""

    def __init__(self, then: Callable[[], None]) -> None:
        super().__init__()
        self._then = then

    def write(self, text: str, /) -> int:
        if not self.getvalue():
            self._then()
        return super().write(text)


def test_a_server_that_is_away_for_a_moment_is_waited_for(
    tmp_path: Path, steps: Steps, postgres: PostgresCluster
) -> None:
    with postgres.database() as before, postgres.database() as busy:
        away = f"later_{uuid.uuid4().hex}"
        address = make_url(before)
        settings = Settings(
            data_dir=tmp_path,
            store_url=address.set(database=away).render_as_string(hide_password=False),
        )
        told = _AtTheFirstWord(lambda: rename(busy, str(address.database), away))
        prepare_catalogue(
            settings, Console(file=told, width=200), demo=True, draw=steps.draw, give=steps.give
        )
        rename(busy, away, str(address.database))
    assert steps.drawn_for == [DEFAULT_MODEL]
    assert told.getvalue().count("Waiting up to 60 s for the store") == 1


def rename(url: str, database: str, name: str) -> None:
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {database} RENAME TO {name}".encode())


def test_a_file_that_can_not_be_opened_ends_the_start_at_once(
    settings: Settings, steps: Steps, tmp_path: Path
) -> None:
    (tmp_path / "catalog.sqlite").mkdir()
    messages = io.StringIO()
    console = Console(file=messages)
    with pytest.raises(UnavailableError, match="can't be opened"):
        prepare_catalogue(settings, console, demo=True, draw=steps.draw, give=steps.give)
    assert messages.getvalue() == ""


def test_pictures_that_fail_are_told_and_stop_nothing(settings: Settings, steps: Steps) -> None:
    put(settings, product("1001"))
    steps.failed.append(FailedProduct("1001", "its picture is not in the image folder"))
    told = prepare(settings, steps)
    assert "1001: its picture is not in the image folder" in told
    assert "1 products stay without features" in told
