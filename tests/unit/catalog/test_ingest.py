"""Bulk features: all that lack them get them, one failure stays one, any stop can be resumed."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from catalog.images import ImageFolder
from catalog.ingest import FailedProduct, IngestReport, IngestStages, Pixels, ingest
from catalog.store import CatalogStore
from lookalike.contract.errors import BadImageError
from lookalike.search import Features
from tests.unit.catalog.making import MODEL, picture, product

SIDE = 224


class FakeVision:
    """Cutouts of one shade; features that tell the shade. Breaks on what it is told to."""

    def __init__(self, bad: bytes = b"none", broken: bytes = b"none") -> None:
        self.bad, self.broken = bad, broken
        self.seen: list[bytes] = []
        self.batches: list[int] = []
        self._lock = threading.Lock()

    def cutout(self, content: bytes) -> Pixels:
        with self._lock:
            self.seen.append(content)
        if content == self.bad:
            raise BadImageError("the PNG is broken")
        if content == self.broken:
            raise ZeroDivisionError("internal detail")
        return np.full((SIDE, SIDE, 3), content[-1] % 251, np.uint8)

    def features(self, cutouts: Pixels) -> Features:
        self.batches.append(len(cutouts))
        vectors = np.zeros((len(cutouts), 512), np.float32)
        vectors[np.arange(len(cutouts)), cutouts[:, 0, 0, 0]] = 1.0
        return vectors

    def stages(self, model_version: str = MODEL) -> IngestStages:
        return IngestStages(model_version, self.cutout, self.features)


@pytest.fixture
def images(tmp_path: Path) -> ImageFolder:
    return ImageFolder(tmp_path / "images")


def contents(count: int) -> list[bytes]:
    return [picture() + bytes([i]) for i in range(count)]


def fill(store: CatalogStore, images: ImageFolder, count: int) -> None:
    keys = [images.put(content) for content in contents(count)]
    store.put_products(product(f"p{i:03}", image_key=key) for i, key in enumerate(keys))


def test_every_product_gets_the_features_of_its_own_picture(
    store: CatalogStore, images: ImageFolder
) -> None:
    fill(store, images, 20)
    report = ingest(store, images, FakeVision().stages(), batch_size=6)
    assert (report.total, report.done, report.failed) == (20, 20, [])
    for i in range(20):
        features = store.get_features(f"p{i:03}", MODEL)
        assert features is not None
        assert int(features.argmax()) == i


def test_a_second_run_has_nothing_to_do(store: CatalogStore, images: ImageFolder) -> None:
    fill(store, images, 5)
    ingest(store, images, FakeVision().stages())
    vision = FakeVision()
    assert ingest(store, images, vision.stages()).total == 0
    assert vision.seen == []


def test_one_failing_picture_fails_alone(store: CatalogStore, images: ImageFolder) -> None:
    fill(store, images, 12)
    store.put_products([product("lost", image_key="f" * 64 + ".png")])
    vision = FakeVision(bad=contents(12)[3], broken=contents(12)[7])
    report = ingest(store, images, vision.stages(), batch_size=4)
    reasons = {f.product_id: f.reason for f in report.failed}
    assert report.done == 10
    assert reasons == {
        "p003": "the PNG is broken",
        "p007": "cutting out failed; the log says where",
        "lost": "its picture is not in the image folder",
    }
    assert {p.id for p in store.products_without_features(MODEL)} == set(reasons)


def test_a_picture_that_can_t_be_read_fails_alone(store: CatalogStore, images: ImageFolder) -> None:
    fill(store, images, 3)
    blocked = images.path(images.put(contents(3)[1]))
    blocked.unlink()
    blocked.mkdir()
    report = ingest(store, images, FakeVision().stages())
    assert (report.done, report.failed) == (
        2,
        [FailedProduct("p001", "its picture can't be read: Is a directory")],
    )


class FakeVisionThatLosesLength(FakeVision):
    """Features twice too long for shade 1, and no numbers for shade 2."""

    def features(self, cutouts: Pixels) -> Features:
        vectors = super().features(cutouts)
        vectors[cutouts[:, 0, 0, 0] == 1] *= 2
        vectors[cutouts[:, 0, 0, 0] == 2] = np.nan
        return vectors


def test_features_that_no_shard_could_load_fail_alone(
    store: CatalogStore, images: ImageFolder
) -> None:
    fill(store, images, 4)
    report = ingest(store, images, FakeVisionThatLosesLength().stages())
    assert {f.product_id: f.reason for f in report.failed} == {
        "p001": "its features are not of length 1 but 2",
        "p002": "its features are no 512 finite numbers",
    }
    assert report.done == len(store.read_shard(0, 1, MODEL).products) == 2


def test_a_batch_of_nothing_but_failures_is_not_encoded(
    store: CatalogStore, images: ImageFolder
) -> None:
    fill(store, images, 1)
    vision = FakeVision(bad=contents(1)[0])
    assert len(ingest(store, images, vision.stages()).failed) == 1
    assert vision.batches == []


def test_a_run_that_is_cut_off_goes_on_where_it_stopped(
    store: CatalogStore, images: ImageFolder
) -> None:
    fill(store, images, 20)

    def interrupt(report: IngestReport) -> None:
        if report.done == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest(store, images, FakeVision().stages(), interrupt, batch_size=4)
    assert store.count_without_features(MODEL) == 12
    vision = FakeVision()
    assert ingest(store, images, vision.stages(), batch_size=4).done == 12
    assert sorted(vision.seen) == contents(20)[8:]


def test_the_pictures_that_wait_are_bounded(store: CatalogStore, images: ImageFolder) -> None:
    fill(store, images, 60)
    vision = FakeVision()
    ahead: list[int] = []
    ingest(
        store,
        images,
        vision.stages(),
        lambda report: ahead.append(len(vision.seen) - report.done),
        batch_size=4,
    )
    assert max(ahead) <= 2 * 4 + 1


def test_a_new_model_version_starts_over(store: CatalogStore, images: ImageFolder) -> None:
    fill(store, images, 3)
    ingest(store, images, FakeVision().stages("model-1"))
    assert ingest(store, images, FakeVision().stages("model-2")).done == 3
    assert store.counts().with_features == {"model-1": 3, "model-2": 3}
