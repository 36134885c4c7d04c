"""Features for the products that lack them, with bars that say how far it is."""

from __future__ import annotations

from collections.abc import Callable

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

    In this process: no Ray is started. Torch and ONNX Runtime are loaded only where there is
    something to do.

    Raises:
        WeightsError: a model's weights can't be had.
    """
    model = find_model(settings.weights)
    lacking = store.count_without_features(model.manifest.version)
    show = _bar(progress, lacking)
    if not lacking:
        return IngestReport(total=0), model.manifest.version
    segmenter = model.manifest.segmenter
    _fetch_segmenter(segmenter, progress)
    from catalog.vision_stages import vision_stages

    images = ImageFolder(settings.images_dir)
    report = ingest(store, images, vision_stages(model, segmenter), show)
    return report, model.manifest.version


def give_features_on_ray(
    settings: Settings,
    store: CatalogStore,
    progress: Progress,
    address: str | None,
    cpus: int | None,
) -> tuple[IngestReport, str]:
    """`give_features` on Ray Data: on `cpus` of this machine, or the cluster at `address`.

    Raises:
        WeightsError: a model's weights can't be had.
        UnavailableError: there is no such cluster, or its machines have other weights or no
            folder of pictures.
    """
    model = find_model(settings.weights)
    lacking = store.count_without_features(model.manifest.version)
    show = _bar(progress, lacking)
    if not lacking:
        return IngestReport(total=0), model.manifest.version
    segmenter = model.manifest.segmenter
    _fetch_segmenter(segmenter, progress)
    from catalog.ray_session import ray_session
    from catalog.vision_stages import StagesOfModel

    with ray_session(address, cpus) as found_cpus:
        from catalog.ray_ingest import ingest_on_ray

        report = ingest_on_ray(
            store,
            settings.images_dir,
            model.manifest.version,
            StagesOfModel(settings.weights, segmenter),
            found_cpus,
            show,
        )
    return report, model.manifest.version


def _bar(progress: Progress, lacking: int) -> Callable[[IngestReport], None]:
    bar = progress.add_task("Computing features", total=lacking or 1, completed=not lacking)
    return lambda report: progress.update(bar, completed=report.done + len(report.failed))


def _fetch_segmenter(name: str, progress: Progress) -> None:
    """Fetch a segmenter of the weights registry, with a bar if that takes a download."""
    if name not in KNOWN_WEIGHTS:
        return
    bar = progress.add_task(f"Fetching {name}, kB", total=None, visible=False)

    def show(done_bytes: int, total_bytes: int | None) -> None:
        total_kb = None if total_bytes is None else total_bytes // 1000
        progress.update(bar, visible=True, completed=done_bytes // 1000, total=total_kb)

    find_weights(name, show)
