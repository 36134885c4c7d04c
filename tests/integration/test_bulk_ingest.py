"""Bulk features on a real Ray: all get theirs, failures stay their own, nothing is left behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.images import ImageFolder
from catalog.ray_session import ray_session
from catalog.store import CatalogStore, open_store
from lookalike.contract.errors import UnavailableError
from tests.integration.bulk_stages import BROKEN, DEADLY, stages
from tests.unit.catalog.making import picture, product

pytestmark = pytest.mark.timeout(600)

CPUS = 2


@pytest.fixture(scope="module")
def ray() -> Iterator[None]:
    """A Ray of this module's own."""
    with ray_session(cpus=CPUS):
        yield


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CatalogStore]:
    with open_store(f"sqlite:///{tmp_path / 'catalog.sqlite'}") as opened:
        yield opened


@pytest.mark.usefixtures("ray")
def test_every_product_gets_its_own_and_failures_fail_alone(
    store: CatalogStore, tmp_path: Path
) -> None:
    from catalog.ray_ingest import ingest_on_ray

    images = ImageFolder(tmp_path / "images")
    endings = [bytes([i]) for i in range(40)] + [BROKEN, DEADLY]
    store.put_products(
        product(f"p{n}", image_key=images.put(picture() + ending))
        for n, ending in enumerate(endings)
    )
    store.put_products([product("lost", image_key="f" * 64 + ".png")])
    report = ingest_on_ray(store, tmp_path / "images", "model-1", stages, CPUS)
    assert {f.product_id: f.reason for f in report.failed} == {
        "p40": "the PNG is broken",
        "p41": "the process that worked on it died, each time",
        "lost": "its picture is not in the image folder",
    }
    assert report.done == 40
    for n in range(40):
        found = store.get_features(f"p{n}", "model-1")
        assert found is not None
        assert int(found.argmax()) == n
    assert store.count_without_features("model-1") == 3


@pytest.mark.usefixtures("ray")
def test_a_machine_without_the_picture_folder_ends_the_run(
    store: CatalogStore, tmp_path: Path
) -> None:
    from catalog.ray_ingest import ingest_on_ray

    key = ImageFolder(tmp_path / "images").put(picture())
    store.put_products(product(f"p{n}", image_key=key) for n in range(40))
    with pytest.raises(UnavailableError, match=r"has no picture folder .*/unmounted"):
        ingest_on_ray(store, tmp_path / "unmounted", "model-1", stages, CPUS)
    assert store.count_without_features("model-1") == 40
