"""Features for the products that lack them, with bars that say how far it is."""

from __future__ import annotations

from rich.progress import Progress

from catalog.images import ImageFolder
from catalog.ingest import IngestReport, ingest
from catalog.store import CatalogStore
from cli.settings import Settings
from lookalike.vision.weights import KNOWN_WEIGHTS, find_model, find_weights


def give_features(
    settings: Settings, store: CatalogStore, progress: Progress
) -> tuple[IngestReport, str]:
    """Features for all products that lack them; returns the report and the model version.

    Torch and ONNX Runtime are loaded only where there is something to do.

    Raises:
        WeightsError: a model's weights can't be had.
    """
    model = find_model(settings.weights)
    version = model.manifest.version
    bar = progress.add_task("Computing features", total=None)
    lacking = store.count_without_features(version)
    if not lacking:
        progress.update(bar, completed=1, total=1)
        return IngestReport(total=0), version
    progress.update(bar, total=lacking)
    segmenter = settings.segmenter or model.manifest.segmenter
    _fetch_segmenter(segmenter, progress)
    from catalog.vision_stages import vision_stages

    stages = vision_stages(model, segmenter)
    report = ingest(
        store,
        ImageFolder(settings.images_dir),
        stages,
        lambda r: progress.update(bar, completed=r.done + len(r.failed)),
    )
    return report, version


def _fetch_segmenter(name: str, progress: Progress) -> None:
    """Fetch a segmenter of the weights registry, with a bar if that takes a download."""
    if name not in KNOWN_WEIGHTS:
        return
    bar = progress.add_task(f"Fetching {name}, kB", total=None, visible=False)

    def show(done_bytes: int, total_bytes: int | None) -> None:
        total_kb = None if total_bytes is None else total_bytes // 1000
        progress.update(bar, visible=True, completed=done_bytes // 1000, total=total_kb)

    find_weights(name, show)
