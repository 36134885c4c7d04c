"""The serving path over a labelled data set: photo, crop, cutout, features, class."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

from lookalike.contract.taxonomy import CATEGORY_INDEX
from lookalike.figures import FigureWithInterval
from lookalike.training.crops import UNUSABLE, opened
from lookalike.training.cutout_cache import stack
from lookalike.training.figures import classification_figures, retrieval_figures
from lookalike.training.metrics import Labels, Shares, first_right_ranks
from lookalike.training.picture_tables import LabelledPictures, NamedPictures, Picture
from lookalike.training.sample import style_of, too_common_style
from lookalike.vision.crop import CropBoxPx
from lookalike.vision.cutout import Cutout, Cutouts
from lookalike.vision.encode import EncodedBatch
from lookalike.vision.framing import framed

logger = logging.getLogger(__name__)

_BATCH: Final = 32

OnProgress = Callable[[int, int], None]


class Segmenter(Protocol):
    """What cuts garments out."""

    def cutout(self, image: Image.Image, box: CropBoxPx) -> Cutout:
        """(224, 224, 3) uint8 on white."""


class Encoder(Protocol):
    """What turns cutouts to features and shares."""

    def encode(self, cutouts: Cutouts, framed: Cutouts | None = None) -> EncodedBatch:
        """(B, 224, 224, 3) uint8 -> features and probabilities; `framed` alike."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What the serving path made of pictures; `rows` (M,) are those that could be used."""

    rows: npt.NDArray[np.int64]
    features: npt.NDArray[np.float32]
    shares: Shares


def look_at(
    pictures: Sequence[Picture],
    segmenter: Segmenter,
    encoder: Encoder,
    on_progress: OnProgress | None = None,
    *,
    left_out: list[str] | None = None,
    second_look: bool = False,
) -> Looked:
    """Every picture through the serving path; `left_out` gets which can't be used, and why.

    Without such a list it is logged how many. `second_look` shows the encoder the crop as it was,
    too, which shares alone depend on.
    """
    told: list[str] = [] if left_out is None else left_out
    rows: list[int] = []
    features = [np.zeros((0, 512), np.float32)]
    shares = [np.zeros((0, len(CATEGORY_INDEX)), np.float32)]
    for start in range(0, len(pictures), _BATCH):
        cutouts, crops = [], []
        for row, picture in enumerate(pictures[start : start + _BATCH], start=start):
            try:
                photo, box = opened(picture.path.read_bytes(), picture.box)
                cutouts.append(segmenter.cutout(photo, box))
                crops.append(framed(photo, box))
            except UNUSABLE as error:
                told.append(f"{picture.path}: {error}")
                continue
            rows.append(row)
        if cutouts:
            encoded = encoder.encode(stack(cutouts), stack(crops) if second_look else None)
            features.append(encoded.features)
            shares.append(encoded.probabilities)
        if on_progress is not None:
            on_progress(min(start + _BATCH, len(pictures)), len(pictures))
    if left_out is None and told:
        logger.warning("%d of %d pictures can't be used", len(told), len(pictures))
    return Looked(np.array(rows, np.int64), np.concatenate(features), np.concatenate(shares))


def evaluate_classification(
    labelled: LabelledPictures,
    segmenter: Segmenter,
    encoder: Encoder,
    on_progress: OnProgress | None = None,
    left_out: list[str] | None = None,
) -> list[FigureWithInterval]:
    """Figures of the classifier over a data set; `left_out` as in `look_at`.

    Raises:
        ValueError: no picture of it can be read.
    """
    return classification_figures(*classified(labelled, segmenter, encoder, on_progress, left_out))


def classified(
    labelled: LabelledPictures,
    segmenter: Segmenter,
    encoder: Encoder,
    on_progress: OnProgress | None = None,
    left_out: list[str] | None = None,
) -> tuple[Shares, Labels]:
    """Shares (M, 13) and labels (M,) of the pictures that can be read.

    Raises:
        ValueError: no picture of them can be.
    """
    looked = look_at(
        *(labelled.pictures, segmenter, encoder, on_progress), left_out=left_out, second_look=True
    )
    if not len(looked.rows):
        raise ValueError("none of the pictures can be read")
    return looked.shares, labelled.labels[looked.rows]


def evaluate_retrieval(
    gallery: NamedPictures,
    queries: NamedPictures,
    segmenter: Segmenter,
    encoder: Encoder,
    on_progress: OnProgress | None = None,
    left_out: list[str] | None = None,
) -> list[FigureWithInterval]:
    """Figures of finding each query's product, and its style, among the whole gallery.

    Gallery rows of the query's own file are left out of its answer. A query whose product the
    gallery does not show otherwise counts as a miss, and is logged; so is a style that covers most
    of the gallery. `left_out` as in `look_at`.

    Raises:
        ValueError: gallery or queries have no picture that can be read.
    """
    shown, asked = (
        look_at(named.pictures, segmenter, encoder, on_progress, left_out=left_out)
        for named in (gallery, queries)
    )
    if not len(shown.rows) or not len(asked.rows):
        raise ValueError("the gallery or the queries have no picture that can be read")
    shown_files = np.array([str(gallery.pictures[row].path.resolve()) for row in shown.rows])
    asked_files = np.array([str(queries.pictures[row].path.resolve()) for row in asked.rows])
    ranks = []
    for name in (str, style_of):
        query_names = np.array([name(queries.articles[row]) for row in asked.rows])
        gallery_names = np.array([name(gallery.articles[row]) for row in shown.rows])
        ranks.append(
            first_right_ranks(
                *(asked.features, shown.features, query_names, gallery_names),
                own=(asked_files, shown_files),
            )
        )
    if told := too_common_style(dict.fromkeys(gallery.articles)):
        logger.warning("%s", told)
    if lost := int(np.isinf(ranks[0]).sum()):
        logger.warning(
            "%d of %d queries have no other picture of their product in the gallery: misses",
            lost,
            len(asked.rows),
        )
    return retrieval_figures(*ranks)
