"""The trained network as the file that ships, with its manifest."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from lookalike.contract.taxonomy import CATEGORIES
from lookalike.search import FEATURE_DIM
from lookalike.vision.cutout import PREPROCESSING_VERSION
from lookalike.vision.garment_net import GarmentNet
from lookalike.vision.look import LookHead
from lookalike.vision.manifest import MatchCalibration, ModelManifest, VerdictThresholds
from lookalike.vision.weights import DEFAULT_MODEL, sha256_of

MAX_BYTES: Final = 48_000_000
"""The most that the shipped file may weigh. Source: issue 3."""


def export_model(
    net: GarmentNet,
    folder: Path,
    *,
    look: LookHead,
    input_px: int,
    second_look: bool,
    version: str | None,
    temperature: float,
    match: MatchCalibration,
    verdict: VerdictThresholds,
    metrics: Mapping[str, float],
    notes: str,
    segmenter: str = "u2netp",
    name: str = DEFAULT_MODEL,
) -> ModelManifest:
    """Writes `NAME.safetensors` (float16) and `NAME.json` under `folder`.

    Features are kept by `version`, so two models must not share one: None names it by the weights.

    Raises:
        OSError: they can't be written.
        ValueError: the file would be larger than 48 MB, or a weight is not finite in float16.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights_file = folder / f"{name}.safetensors"
    head = {key: torch.from_numpy(rows) for key, rows in look.tensors().items()}
    tensors = {
        key: tensor.detach().cpu().half().contiguous()
        for key, tensor in [*net.state_dict().items(), *head.items()]
        if tensor.is_floating_point()
    }
    broken = [key for key, tensor in tensors.items() if not bool(torch.isfinite(tensor).all())]
    if broken:
        raise ValueError(f"not finite in float16: {', '.join(broken)}")
    try:
        save_file(tensors, weights_file, metadata={"classes": ",".join(CATEGORIES)})
    except SafetensorError as error:
        raise OSError(f"{weights_file} can't be written: {error}") from error
    if weights_file.stat().st_size > MAX_BYTES:
        raise ValueError(f"{weights_file.name} weighs over {MAX_BYTES:,} bytes")
    sha256 = sha256_of(weights_file)
    manifest = ModelManifest(
        name=name,
        version=version or f"trained-{sha256[:8]}",
        filename=weights_file.name,
        sha256=sha256,
        classes=tuple(str(category) for category in CATEGORIES),
        feature_dim=FEATURE_DIM,
        preprocessing=PREPROCESSING_VERSION,
        input_px=input_px,
        segmenter=segmenter,
        second_look=second_look,
        temperature=temperature,
        match=match,
        verdict=verdict,
        provisional=False,
        metrics=dict(metrics),
        notes=notes,
    )
    (folder / f"{name}.json").write_text(manifest.model_dump_json(indent=2) + "\n", "utf-8")
    return manifest
