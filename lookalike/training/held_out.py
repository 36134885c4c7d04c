"""The held-out photos as tables that `lookalike eval` reads."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from lookalike.contract.taxonomy import CATEGORIES
from lookalike.training.sample import NO_CLASS, Sample
from lookalike.training.splits import Half, Split


def write_held_out(samples: Sequence[Sample], half: Half, folder: Path) -> dict[str, int]:
    """Writes one half of the validation side under `folder`; answers rows by file name.

    `SOURCE.csv` holds labelled photos and boxes for `eval classify` and `eval robustness`,
    `SOURCE-views.csv` a shop's further views for `eval retrieval`, whose gallery is the shop's own
    table. Paths are absolute.
    """
    folder.mkdir(parents=True, exist_ok=True)
    chosen = [s for s in samples if s.split is Split.VALIDATION and s.half is half]
    written: dict[str, int] = {}
    for source in sorted({sample.source for sample in chosen}):
        own = [s for s in chosen if s.source == source]
        photos = [_labelled(s) for s in own if s.class_index != NO_CLASS]
        views = [_view(s) for s in own if s.view != "main"]
        for name, rows in ((f"{source}.csv", photos), (f"{source}-views.csv", views)):
            if rows:
                _write(folder / name, rows)
                written[name] = len(rows)
    return written


def _labelled(sample: Sample) -> dict[str, object]:
    row: dict[str, object] = {
        "image": sample.path.resolve(),
        "category": CATEGORIES[sample.class_index],
    }
    if sample.box is not None:
        box = sample.box
        row |= {"x": box.x, "y": box.y, "w": box.width, "h": box.height}
    return row


def _view(sample: Sample) -> dict[str, object]:
    article = sample.instance.removeprefix(f"{sample.source}/")
    return {"article_id": article, "view": sample.view, "image_path": sample.path.resolve()}


def _write(path: Path, rows: Iterable[dict[str, object]]) -> None:
    rows = list(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
