"""What `lookalike train` learns from: labelled pictures, cut out and seen by the teacher."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rich.console import Console

from cli.left_out import tell_problems, tell_unknown
from cli.progress import progress_of
from cli.sentences import say
from cli.training_checks import check_samples, one_sided
from lookalike.processors import usable_processors

if TYPE_CHECKING:
    from lookalike.training.cutout_cache import CutoutCache
    from lookalike.training.material import Material
    from lookalike.training.panel import Logits
    from lookalike.training.sample import Sample
    from lookalike.training.teacher import FeatureTeacher
    from lookalike.training.train_settings import TrainSettings

FrozenTeacher = Literal["lite2", "clip"]


def samples_of(data: Path, out: Path, drawings: bool) -> list[Sample]:
    """All labelled pictures, drawn ones among them; rows that will not do are told."""
    from cli.training_drawings import draw_training_pictures
    from lookalike.training.dataset import LeftOut, check_data, load_samples

    check_data(data)
    drawn = out / "drawings" if drawings else None
    if drawn is not None:
        draw_training_pictures(drawn)
    left_out, errors = LeftOut(), Console(stderr=True)
    samples = load_samples(data, drawn, left_out)
    tell_unknown(errors, left_out.unknown)
    tell_problems(errors, left_out.problems)
    for sentence in one_sided(samples):
        say(errors, sentence)
    return samples


def material_of(
    samples: list[Sample],
    data: Path,
    settings: TrainSettings,
    mask_px: int,
    pictures: int | None,
    frozen_teacher: FrozenTeacher,
) -> Material:
    from lookalike.training.clip_teacher import CLIP
    from lookalike.training.coarse_masks import NATIVE_PX
    from lookalike.training.cutout_cache import CutoutCache, cache_folder_of
    from lookalike.training.material import gather_material
    from lookalike.training.teacher import LITE2
    from lookalike.training.teacher_cache import TeacherCache

    segmenter = "u2netp" if mask_px == NATIVE_PX else f"u2netp@{mask_px}"
    cache = CutoutCache(cache_folder_of(data), samples, segmenter, pictures)
    check_samples(samples[row] for row in cache.rows)  # --pictures may have drawn too few
    _fill(cache, mask_px)
    teacher = TeacherCache(cache, CLIP if frozen_teacher == "clip" else LITE2)
    if not teacher.complete():
        looking = _frozen_net(frozen_teacher, settings.device)
        with progress_of("teacher") as on_progress:
            teacher.fill(looking, on_progress)
    return gather_material(cache, teacher, frozen_views=settings.frozen_views)


def frozen_looks(material: Material, name: FrozenTeacher, device: str) -> Logits | None:
    """What the frozen teacher says of views; None where it is not to see them."""
    from lookalike.training.frozen_views import FrozenViews

    if material.classifier is None:
        return None
    return FrozenViews(_frozen_net(name, device), material.classifier)


def _frozen_net(name: FrozenTeacher, device: str) -> FeatureTeacher:
    """The frozen teacher, which fetches its weights where they are not here yet."""
    from lookalike.training.clip_teacher import ClipTeacher, clip_weights
    from lookalike.training.devices import pick_device
    from lookalike.training.teacher import Lite2Teacher

    return ClipTeacher(clip_weights()) if name == "clip" else Lite2Teacher(pick_device(device))


def _fill(cache: CutoutCache, mask_px: int) -> None:
    """Cuts out what is missing, a picture on each core."""
    from lookalike.training.coarse_masks import NATIVE_PX, CoarseSegmenter
    from lookalike.vision.segment import RembgSegmenter

    if not cache.complete():
        native, cores = mask_px == NATIVE_PX, usable_processors()
        segmenter = (
            RembgSegmenter("u2netp", threads=1, at_once=cores)
            if native
            else CoarseSegmenter(mask_px)
        )
        with progress_of("cutouts") as on_progress:
            cache.fill(segmenter.cutout, on_progress, cores)
    tell_problems(Console(stderr=True), cache.problems)
