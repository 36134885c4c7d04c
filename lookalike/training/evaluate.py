"""The serving path over a labelled data set: photo, crop, cutout, features, class."""

from __future__ import annotations

import csv
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

from lookalike.contract.errors import LookalikeError
from lookalike.contract.taxonomy import CATEGORY_INDEX, category_of
from lookalike.figures import FigureWithInterval
from lookalike.training.cutout_cache import stack
from lookalike.training.figures import classification_figures, retrieval_figures
from lookalike.training.metrics import first_right_ranks
from lookalike.training.sample import style_of
from lookalike.vision import images
from lookalike.vision.crop import CropBoxPx, resolve_crop, whole_photo
from lookalike.vision.cutout import Cutout, Cutouts
from lookalike.vision.encode import EncodedBatch
from lookalike.vision.framing import framed
from lookalike.vision.headers import PhotoInfo

logger = logging.getLogger(__name__)

_SUFFIXES: Final = ("", ".jpg", ".jpeg", ".png", ".webp")
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
class Picture:
    """A picture to look at: its file and the asked box (x, y, w, h) in pixels, None for all."""

    path: Path
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """What the serving path made of pictures; `rows` (M,) are those that could be read."""

    rows: npt.NDArray[np.int64]
    features: npt.NDArray[np.float32]
    shares: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LabelledPictures:
    """Pictures with their class indices (N,) int64; `skipped` rows had no category of the 13."""

    pictures: list[Picture]
    labels: npt.NDArray[np.int64]
    skipped: int


def read_labels(table: Path, folder: Path, boxes: bool) -> LabelledPictures:
    """A table with `image` or `photo`, `category`, and `x`, `y`, `w`, `h` where boxes are asked.

    Raises:
        ValueError: a column is missing, or a box is no number.
    """
    pictures, labels, skipped = [], [], 0
    with table.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        columns = set(reader.fieldnames or ())
        name = next((c for c in ("image", "photo") if c in columns), None)
        if name is None or "category" not in columns:
            raise ValueError(f"{table} needs the columns image (or photo) and category")
        if boxes and not {"x", "y", "w", "h"} <= columns:
            raise ValueError(f"{table} has no columns x, y, w, h for --boxes")
        for row in reader:
            category = category_of(row["category"] or "")
            if category is None:
                skipped += 1
                continue
            box = None
            if boxes:
                box = (float(row["x"]), float(row["y"]), float(row["w"]), float(row["h"]))
            pictures.append(Picture(_file_of(folder, row[name]), box))
            labels.append(CATEGORY_INDEX[category])
    return LabelledPictures(pictures, np.array(labels, np.int64), skipped)


@dataclass(frozen=True, slots=True)
class NamedPictures:
    """Pictures with the article that each shows."""

    pictures: list[Picture]
    articles: list[str]


def read_articles(table: Path, views: Sequence[str] = ()) -> NamedPictures:
    """A table with `article_id` and `image_path` (from the table's folder), as in `shop/`.

    `views` keeps the rows of these views alone.

    Raises:
        ValueError: a column is missing.
    """
    pictures, articles = [], []
    with table.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        needed = {"article_id", "image_path"} | ({"view"} if views else set())
        if missing := needed - set(reader.fieldnames or ()):
            raise ValueError(f"{table} lacks the columns {', '.join(sorted(missing))}")
        for row in reader:
            if not views or row["view"] in views:
                pictures.append(Picture(_file_of(table.parent, row["image_path"])))
                articles.append(row["article_id"])
    return NamedPictures(pictures, articles)


def read_pictures(table: Path, folder: Path, boxes: bool) -> list[Picture]:
    """The pictures of either kind of table; `folder` is for that with categories.

    Raises:
        ValueError: it is neither, or a column is missing.
    """
    with table.open(newline="", encoding="utf-8-sig") as file:
        columns = csv.DictReader(file).fieldnames or ()
    if "article_id" in columns:
        return read_articles(table).pictures
    return read_labels(table, folder, boxes).pictures


def look_at(
    pictures: Sequence[Picture],
    segmenter: Segmenter,
    encoder: Encoder,
    on_progress: OnProgress | None = None,
    *,
    second_look: bool = False,
) -> Looked:
    """Every picture through the serving path; what can't be read is logged and left out.

    `second_look` shows the encoder the crop as it was, too, which shares alone depend on.
    """
    rows: list[int] = []
    features = [np.zeros((0, 512), np.float32)]
    shares = [np.zeros((0, len(CATEGORY_INDEX)), np.float32)]
    for start in range(0, len(pictures), _BATCH):
        cutouts, crops = [], []
        for row, picture in enumerate(pictures[start : start + _BATCH], start=start):
            try:
                photo, box = _open(picture)
                cutouts.append(segmenter.cutout(photo, box))
                crops.append(framed(photo, box))
            except (OSError, LookalikeError) as error:
                logger.warning("left out %s: %s", picture.path, error)
                continue
            rows.append(row)
        if cutouts:
            encoded = encoder.encode(stack(cutouts), stack(crops) if second_look else None)
            features.append(encoded.features)
            shares.append(encoded.probabilities)
        if on_progress is not None:
            on_progress(min(start + _BATCH, len(pictures)), len(pictures))
    return Looked(np.array(rows, np.int64), np.concatenate(features), np.concatenate(shares))


def evaluate_classification(
    labelled: LabelledPictures,
    segmenter: Segmenter,
    encoder: Encoder,
    on_progress: OnProgress | None = None,
) -> list[FigureWithInterval]:
    """Figures of the classifier over a data set.

    Raises:
        ValueError: no picture of it can be read.
    """
    looked = look_at(labelled.pictures, segmenter, encoder, on_progress, second_look=True)
    if not len(looked.rows):
        raise ValueError("none of the pictures can be read")
    return classification_figures(looked.shares, labelled.labels[looked.rows])


def evaluate_retrieval(
    gallery: NamedPictures,
    queries: NamedPictures,
    segmenter: Segmenter,
    encoder: Encoder,
    on_progress: OnProgress | None = None,
) -> list[FigureWithInterval]:
    """Figures of finding each query's product, and its style, among the whole gallery.

    A gallery row that is the query's own file is left out of its answer.

    Raises:
        ValueError: gallery or queries have no picture that can be read.
    """
    shown = look_at(gallery.pictures, segmenter, encoder, on_progress)
    asked = look_at(queries.pictures, segmenter, encoder, on_progress)
    if not len(shown.rows) or not len(asked.rows):
        raise ValueError("the gallery or the queries have no picture that can be read")
    place = {gallery.pictures[row].path.resolve(): at for at, row in enumerate(shown.rows)}
    own = [place.get(queries.pictures[row].path.resolve(), -1) for row in asked.rows]
    ranks = []
    for name in (str, style_of):
        query_names = np.array([name(queries.articles[row]) for row in asked.rows])
        gallery_names = np.array([name(gallery.articles[row]) for row in shown.rows])
        ranks.append(
            first_right_ranks(
                asked.features, shown.features, query_names, gallery_names, np.array(own)
            )
        )
    return retrieval_figures(*ranks)


def open_crop(picture: Picture) -> Image.Image:
    """The asked part of a picture, upright, RGB.

    Raises:
        OSError: its file can't be read.
        LookalikeError: it is no picture, or the box does not fit it.
    """
    photo, box = _open(picture)
    return photo.crop(box.corners)


def _open(picture: Picture) -> tuple[Image.Image, CropBoxPx]:
    photo = images.decode(picture.path.read_bytes())
    info = PhotoInfo(photo.width, photo.height, "JPEG")
    if picture.box is None:
        return photo, whole_photo(info)
    return photo, resolve_crop(*picture.box, "px", info).box


def _file_of(folder: Path, name: str) -> Path:
    candidates = [folder / f"{name}{suffix}" for suffix in _SUFFIXES]
    return next((path for path in candidates if path.is_file()), candidates[0])
