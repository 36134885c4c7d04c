"""Features in bulk: every product that lacks them goes through segment and encode."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from catalog.images import ImageFolder
from catalog.records import FeatureRow, flaw_of
from catalog.store import CatalogStore
from lookalike.contract.errors import LookalikeError
from lookalike.products import Product
from lookalike.search import Features

_LOG: Final = logging.getLogger(__name__)

Pixels = npt.NDArray[np.uint8]
"""A cutout (224, 224, 3), or several (B, 224, 224, 3): uint8 RGB, the garment on white."""


class CutoutStage(Protocol):
    """Decodes a product's picture and cuts the garment out; called from several threads."""

    def __call__(self, picture: bytes, /) -> Pixels:
        """Encoded picture -> (224, 224, 3). Raises: BadImageError, ImageTooLargeError."""
        ...


class FeatureStage(Protocol):
    """Encodes cutouts; called from one thread."""

    def __call__(self, cutouts: Pixels, /) -> Features:
        """(B, 224, 224, 3) -> (B, 512) float32, L2-normalised."""
        ...


@dataclass(frozen=True, slots=True)
class IngestStages:
    """What a picture goes through, and the model version that its features belong to.

    `cutout_threads` calls of `cutout` run at once.
    """

    model_version: str
    cutout: CutoutStage
    features: FeatureStage
    cutout_threads: int = 2


@dataclass(frozen=True, slots=True)
class FailedProduct:
    """A product that got no features, and why, in a sentence for the shop's developer."""

    product_id: str
    reason: str


@dataclass(slots=True)
class IngestReport:
    """How far a run is: `total` lacked features when it began, `done` of them are committed."""

    total: int
    done: int = 0
    failed: list[FailedProduct] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Outcome:
    product: Product
    image_key: str
    cutout: Pixels | None
    reason: str = ""


def ingest(
    store: CatalogStore,
    images: ImageFolder,
    stages: IngestStages,
    on_progress: Callable[[IngestReport], None] | None = None,
    batch_size: int = 8,
) -> IngestReport:
    """Give features to all products with a picture that lack them for the model version.

    Each batch is committed before the next is encoded, so a run that is cut off anywhere, by an
    exception from `on_progress` or a kill, goes on where it stopped. A picture that fails is
    reported and skipped; the next run tries it again. Cutouts of the coming batches are made
    on threads while one is encoded; at most two batches wait.
    """
    report = IngestReport(total=store.count_without_features(stages.model_version))
    pool = ThreadPoolExecutor(stages.cutout_threads, thread_name_prefix="cutout")
    try:
        outcomes = _cut_out(store, images, stages, pool, ahead=2 * batch_size)
        while batch := list(islice(outcomes, batch_size)):
            failed = [o for o in batch if o.cutout is None]
            report.failed += [FailedProduct(o.product.id, o.reason) for o in failed]
            commit_rows(store, stages.model_version, _encode(stages, batch), report)
            if on_progress is not None:
                on_progress(report)
    finally:
        pool.shutdown(cancel_futures=True)
    return report


def _cut_out(
    store: CatalogStore,
    images: ImageFolder,
    stages: IngestStages,
    pool: ThreadPoolExecutor,
    ahead: int,
) -> Iterator[_Outcome]:
    waiting: deque[Future[_Outcome]] = deque()
    for product in store.products_without_features(stages.model_version):
        waiting.append(pool.submit(_cut_out_one, product, images, stages.cutout))
        if len(waiting) > ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _cut_out_one(product: Product, images: ImageFolder, cutout: CutoutStage) -> _Outcome:
    key = product.image_key or ""
    found = cut_out(images, key, cutout)
    return (
        _Outcome(product, key, None, found)
        if isinstance(found, str)
        else _Outcome(product, key, found)
    )


def cut_out(images: ImageFolder, image_key: str, cutout: CutoutStage) -> Pixels | str:
    """The cutout of a product's picture, or why there is none, in a sentence; never raises."""
    try:
        picture = images.get(image_key)
    except OSError as error:
        return f"its picture can't be read: {error.strerror}"
    if picture is None:
        return "its picture is not in the image folder"
    try:
        return cutout(picture)
    except LookalikeError as error:
        return error.message
    except Exception:
        # One picture in ten million that breaks a library must not end the run.
        _LOG.exception("cutting out the picture %s failed", image_key)
        return "cutting out failed; the log says where"


def commit_rows(
    store: CatalogStore, model_version: str, rows: Iterable[FeatureRow], report: IngestReport
) -> None:
    """Put features, and report how many; those that no shard could load are failures."""
    good: list[FeatureRow] = []
    for row in rows:
        flaw = flaw_of(row.features)
        if flaw is None:
            good.append(row)
        else:
            report.failed.append(FailedProduct(row.product_id, f"its features are {flaw}"))
    report.done += store.put_features(model_version, good)


def _encode(stages: IngestStages, batch: Sequence[_Outcome]) -> list[FeatureRow]:
    good = [(o, o.cutout) for o in batch if o.cutout is not None]
    if not good:
        return []
    vectors = stages.features(np.stack([pixels for _, pixels in good]))
    return [
        FeatureRow(o.product.id, o.image_key, vector)
        for (o, _), vector in zip(good, vectors, strict=True)
    ]
