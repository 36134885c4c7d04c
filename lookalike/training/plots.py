"""Pictures for the model card: training curves and the confusion matrix."""

from __future__ import annotations

import contextlib
import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from lookalike.contract.taxonomy import CATEGORIES
from lookalike.training.metrics import Labels, Shares


def plot_curves(log: Path, picture: Path) -> None:
    """Losses by batch and held-out figures by epoch, from a run's `log.jsonl`, as a PNG.

    Lines that were torn when a run was killed are passed over.
    """
    entries = list(_entries(log))
    plt = _pyplot()
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4))
    losses = [e for e in entries if e["kind"] == "losses"]
    at = [e["epoch"] + e["batch"] / e["of"] for e in losses]
    for name in ("distil", "relation", "contrast", "category"):
        left.plot(at, [e[name] for e in losses], label=name)
    left.set(xlabel="epoch", title="losses, mean since the epoch's start")
    left.legend()
    checks = [e for e in entries if e["kind"] == "validation"]
    names = sorted({k for e in checks for k in e if "/" in k})
    right.set_prop_cycle(color=plt.get_cmap("tab20").colors)
    for name in names:
        points = [(e["epoch"], e[name]) for e in checks if name in e]
        right.plot(*zip(*points, strict=True), marker="o", label=name)
    right.set(xlabel="epoch", title="held-out figures", ylim=(0, 1))
    right.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(picture, dpi=110)
    plt.close(figure)


def _entries(log: Path) -> Iterator[dict[str, Any]]:
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        with contextlib.suppress(json.JSONDecodeError):
            entry = json.loads(line)
            if isinstance(entry, dict) and "kind" in entry:
                yield entry


def plot_confusion(shares: Shares, labels: Labels, picture: Path) -> None:
    """Rows are true categories, columns predicted ones, cells shares of the row, as a PNG."""
    count = len(CATEGORIES)
    cells = np.zeros((count, count))
    np.add.at(cells, (labels, shares.argmax(axis=1)), 1.0)
    part = cells / np.maximum(cells.sum(axis=1, keepdims=True), 1.0)
    plt = _pyplot()
    figure, axes = plt.subplots(figsize=(8, 7))
    axes.imshow(part, cmap="Blues", vmin=0.0, vmax=1.0)
    axes.set_xticks(range(count), [str(c) for c in CATEGORIES], rotation=60, ha="right")
    axes.set_yticks(range(count), [str(c) for c in CATEGORIES])
    for row, column in zip(*np.nonzero(cells), strict=True):
        dark = part[row, column] > 0.5
        text = {"ha": "center", "va": "center", "fontsize": 7}
        axes.text(column, row, int(cells[row, column]), color="w" if dark else "k", **text)
    axes.set(xlabel="predicted", ylabel="given")
    figure.tight_layout()
    figure.savefig(picture, dpi=110)
    plt.close(figure)


def _pyplot() -> Any:
    """matplotlib without a display; raises ModuleNotFoundError without the `train` extra."""
    importlib.import_module("matplotlib").use("Agg")
    return importlib.import_module("matplotlib.pyplot")
