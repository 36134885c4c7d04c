"""The side at which a trained model is served: that at which it was trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lookalike.training.train_settings import TrainSettings


def served_px(
    settings: TrainSettings, backbone: str, heads_only: bool, asked: int | None = None
) -> int:
    """The side in pixels: what was asked for, else what the network has seen last.

    Raises:
        OSError: the manifest beside the weights whose network is kept can't be read.
        ValueError: there is none, or it is none.
    """
    if asked is not None:
        return asked
    if backbone != "distilled":
        from lookalike.training.baseline import INPUT_PX

        return INPUT_PX
    if not heads_only or settings.start is None:
        return settings.plan[-1].size_px
    from lookalike.vision.manifest import load_manifest

    beside = settings.start.with_suffix(".json")
    if not beside.is_file():
        raise ValueError(f"--heads-only needs --input-px: no {beside.name} lies beside the weights")
    return load_manifest(beside).input_px
