"""Features in bulk on Ray Data: segment and encode on every processor of a machine or cluster."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from socket import gethostname
from typing import Any, Final

import numpy as np
import pyarrow as pa
import ray
import ray.data

from catalog.images import ImageFolder
from catalog.ingest import (
    FailedProduct,
    IngestReport,
    IngestStages,
    Pixels,
    commit_rows,
    cut_out,
)
from catalog.records import FeatureRow
from catalog.store import CatalogStore
from lookalike.contract.errors import UnavailableError
from lookalike.products import Product

MakeStages = Callable[[], IngestStages]
"""Makes the stages of one processor; pickled, and called in each worker."""

_MOST_IN_A_BLOCK: Final = 64
_LEAST_IN_A_BLOCK: Final = 4
_BLOCKS_A_CPU: Final = 24
"""Blocks are what a worker does at a time: small enough that all end at about the same time."""

_ENCODED_TOGETHER: Final = 8
"""Larger batches of the network are no faster on one processor, and take more memory."""

_ROUND_BLOCKS: Final = 16_384
"""Blocks in one Ray Data run: a million products, whose ids and picture keys take some 400 MB."""

_MOST_ALONE: Final = 16
"""Products that get a Ray Data run of their own; where more are left, something else is wrong."""

_WORKER_DIED: Final = "the process that worked on it died, each time"


class FeatureWorker:
    """Both stages for one processor, in a process of its own."""

    def __init__(self, make_stages: MakeStages, images_dir: Path, model_version: str) -> None:
        """Load the models.

        Raises:
            UnavailableError: this machine has other weights than the one that asks, or no folder of
                pictures.
        """
        if not images_dir.is_dir():
            raise UnavailableError(
                f"{gethostname()} has no picture folder {images_dir}, which all machines share"
            )
        self._stages = make_stages()
        if self._stages.model_version != model_version:
            raise UnavailableError(
                f"a worker has the model {self._stages.model_version}, not {model_version}"
            )
        self._images = ImageFolder(images_dir)

    def __call__(self, todo: pa.Table) -> pa.Table:
        """Columns `product_id`, `image_key` -> the same, `features` and `reason`.

        `features` is 512 float16 as bytes, or null with the `reason` why there are none.
        """
        keys = todo["image_key"].to_pylist()
        cutouts = [cut_out(self._images, key, self._stages.cutout) for key in keys]
        good = [pixels for pixels in cutouts if not isinstance(pixels, str)]
        vectors = iter(self._encode(good))
        outcomes = [(None, c) if isinstance(c, str) else (next(vectors), None) for c in cutouts]
        return todo.append_column(
            "features", pa.array([vector for vector, _ in outcomes], pa.binary())
        ).append_column("reason", pa.array([reason for _, reason in outcomes], pa.string()))

    def _encode(self, cutouts: Sequence[Pixels]) -> list[bytes]:
        return [
            vector.astype(np.float16).tobytes()
            for start in range(0, len(cutouts), _ENCODED_TOGETHER)
            for vector in self._stages.features(
                np.stack(cutouts[start : start + _ENCODED_TOGETHER])
            )
        ]


def ingest_on_ray(
    store: CatalogStore,
    images_dir: Path,
    model_version: str,
    make_stages: MakeStages,
    cpus: int,
    on_progress: Callable[[IngestReport], None] | None = None,
) -> IngestReport:
    """Give features to all products with a picture that lack them, on the Ray of this process.

    Workers read pictures from `images_dir`, which a cluster's machines must share; this process
    alone writes to the store, a finished block at a time. A run that is cut off anywhere goes on
    where it stopped; a picture that fails, or whose worker dies of it, is reported and skipped.

    Raises:
        UnavailableError: a worker can't be started, has other weights or no picture folder.
    """
    report = IngestReport(total=store.count_without_features(model_version))
    worker = (make_stages, images_dir.resolve(), model_version)
    run = _BulkRun(store, model_version, worker, cpus, report, on_progress)
    block_rows = report.total // (cpus * _BLOCKS_A_CPU)
    block_rows = min(max(block_rows, _LEAST_IN_A_BLOCK), _MOST_IN_A_BLOCK)
    tables = _tables(store.products_without_features(model_version), block_rows)
    while todo := list(islice(tables, _ROUND_BLOCKS)):
        # A picture that kills its worker takes others with it: its block, and what is sent to
        # that worker before Ray knows. So those one by one, and what is left then each alone.
        left = run.work_through(todo)
        if left:
            left = run.work_through(left)
        left = [t for n, t in enumerate(left) if n >= _MOST_ALONE or run.work_through([t])]
        report.failed += [
            FailedProduct(table["product_id"][0].as_py(), _WORKER_DIED) for table in left
        ]
    return report


@dataclass(frozen=True, slots=True)
class _BulkRun:
    """What the Ray Data runs of one call have in common; `worker` makes a `FeatureWorker`."""

    store: CatalogStore
    model_version: str
    worker: tuple[MakeStages, Path, str]
    cpus: int
    report: IngestReport
    on_progress: Callable[[IngestReport], None] | None

    def work_through(self, todo: list[pa.Table]) -> list[pa.Table]:
        """Commit each block as it gets done; returns the products of the rest, one a block."""
        undone = {row["product_id"]: row for table in todo for row in table.to_pylist()}
        for done in _run(todo, self.cpus, self.worker):
            for product_id in done["product_id"].to_pylist():
                undone.pop(product_id, None)
            self._commit(done.to_pylist())
            if self.on_progress is not None:
                self.on_progress(self.report)
        return [pa.Table.from_pylist([row]) for row in undone.values()]

    def _commit(self, rows: list[dict[str, Any]]) -> None:
        self.report.failed += [
            FailedProduct(row["product_id"], row["reason"])
            for row in rows
            if row["reason"] is not None
        ]
        features = (
            FeatureRow(
                row["product_id"], row["image_key"], np.frombuffer(row["features"], np.float16)
            )
            for row in rows
            if row["features"] is not None
        )
        commit_rows(self.store, self.model_version, features, self.report)


def _run(todo: list[pa.Table], cpus: int, worker: tuple[Any, ...]) -> Iterator[pa.Table]:
    """The finished blocks of one Ray Data run as they are done; blocks of dead workers are not.

    Raises:
        UnavailableError: no worker could be started.
    """
    _be_quiet()
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.max_errored_blocks = -1
    with warnings.catch_warnings():
        # Ray 2.60 has no other way yet to say what `_no_second_try` does; 2.64 will drop this one.
        warnings.simplefilter("ignore", DeprecationWarning)
        dataset = ray.data.from_arrow(todo).map_batches(
            FeatureWorker,
            fn_constructor_args=worker,
            batch_size=None,
            batch_format="pyarrow",
            num_cpus=1,
            # One at a time: what waits at a worker that dies is lost with it.
            compute=ray.data.ActorPoolStrategy(
                size=min(cpus, len(todo)), max_tasks_in_flight_per_actor=1
            ),
            # Ray would have a new worker try the same picture for ever.
            ray_remote_args_fn=_no_second_try,
        )
    try:
        yield from dataset.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0)
    except ray.exceptions.RayError as error:
        raise UnavailableError(f"Ray could not do the work: {_last_line(error)}") from error


def _no_second_try() -> dict[str, Any]:
    return {"num_cpus": 1, "max_restarts": 0, "max_task_retries": 0}


def _tables(products: Iterator[Product], block_rows: int) -> Iterator[pa.Table]:
    while block := list(islice(products, block_rows)):
        yield pa.table(
            {
                "product_id": [product.id for product in block],
                "image_key": [product.image_key for product in block],
            }
        )


def _be_quiet() -> None:
    """Keep Ray Data's messages to its log file: stderr has the progress."""
    for handler in logging.getLogger("ray.data").handlers:
        is_rays = type(handler).__module__.partition(".")[0] == "ray"  # no caller's own
        if is_rays and isinstance(handler, logging.StreamHandler):
            handler.setLevel(logging.CRITICAL)


def _last_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[-1]
