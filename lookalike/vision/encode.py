"""Cutouts to features and category probabilities: ResNet34's convolution part and an MLP."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, cast

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file
from torch import nn

from lookalike.contract.taxonomy import CATEGORIES
from lookalike.search import FEATURE_DIM, Features
from lookalike.vision.bare_import import import_bare
from lookalike.vision.colour import colour_histograms
from lookalike.vision.cutout import CUTOUT_SIZE, PREPROCESSING_VERSION, Cutouts
from lookalike.vision.look import PREFIX, load_look_head
from lookalike.vision.manifest import ModelManifest

Precision = Literal["fp32", "bf16", "fp16"]

IMAGENET_MEAN: Final = (0.485, 0.456, 0.406)
IMAGENET_STD: Final = (0.229, 0.224, 0.225)
"""Mean and deviation of RGB in 0..1. Source: torchvision, `ResNet34_Weights.transforms`."""

_DTYPES: Final[dict[Precision, torch.dtype]] = {
    "fp32": torch.float32,
    "bf16": torch.bfloat16,
    "fp16": torch.float16,
}
_MAX_BATCH: Final = 64
"""Larger batches are encoded in pieces: they are no faster, and memory stays bounded."""


def build_backbone() -> nn.Module:
    """ResNet34 without its last layer, random weights: (B, 3, H, W) -> (B, 512).

    Source: He et al., "Deep residual learning for image recognition", 2015; torchvision's build.
    """
    # torchvision's own __init__ loads torch's compiler: 1.4 s of processor time and 80 MB.
    resnet = import_bare("torchvision.models.resnet", "torchvision", "torchvision.models")
    backbone: nn.Module = resnet.resnet34(weights=None)
    backbone.fc = nn.Identity()
    return backbone


def build_mlp(dropout: float = 0.3) -> nn.Sequential:
    """The classifier over raw features: (B, 512) -> (B, 13) logits in the taxonomy's order."""
    return nn.Sequential(
        nn.Linear(FEATURE_DIM, FEATURE_DIM),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(FEATURE_DIM, len(CATEGORIES)),
    )


class GarmentNet(nn.Module):
    """Backbone and classifier in one, as they are trained and saved (`backbone.*`, `mlp.*`)."""

    def __init__(self, dropout: float = 0.3) -> None:
        super().__init__()
        self.backbone = build_backbone()
        self.mlp = build_mlp(dropout)

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(B, 3, H, W) normalised pixels -> raw features (B, 512) and logits (B, 13)."""
        features = self.backbone(pixels)
        return features, self.mlp(features)


def pooled_stages(backbone: nn.Module, pixels: torch.Tensor) -> torch.Tensor:
    """(B, 3, H, W) normalised pixels -> (B, 768): what the backbone answers, and its third stage.

    The first 512 are the backbone's own output, the other 256 the third stage's mean over places.
    """
    net = cast(Any, backbone)
    stem = net.maxpool(net.relu(net.bn1(net.conv1(pixels))))
    middle = net.layer3(net.layer2(net.layer1(stem)))
    last = net.layer4(middle)
    return torch.cat([stage.float().mean(dim=(2, 3)) for stage in (last, middle)], dim=1)


def load_garment_net(weights_file: Path) -> GarmentNet:
    """A network in float32 and evaluation mode, from a safetensors file of any float type.

    Raises:
        ValueError: the file's tensors are not those of a GarmentNet.
    """
    tensors = load_file(weights_file).items()
    state = {name: tensor.float() for name, tensor in tensors if not name.startswith(PREFIX)}
    # Random weights, thrown away at once: on the meta device drawing them loads torch's compiler.
    net = GarmentNet()
    for name in net.state_dict().keys() - state.keys():
        if name.endswith(".num_batches_tracked"):
            state[name] = torch.tensor(0)
    try:
        net.load_state_dict(state, assign=True)
    except RuntimeError as error:
        raise ValueError(f"{weights_file.name} is no GarmentNet: {error}") from error
    return net.eval()


def to_input(cutouts: Cutouts) -> torch.Tensor:
    """(B, H, W, 3) uint8 RGB -> (B, 3, H, W) float32, ImageNet-normalised, channels_last."""
    owned = np.require(cutouts, requirements=["C", "W"])  # Ray gives out read-only arrays
    pixels = torch.from_numpy(owned).permute(0, 3, 1, 2).float()
    mean = torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1)
    std = torch.tensor(IMAGENET_STD).view(1, 3, 1, 1)
    return pixels.sub_(mean * 255.0).div_(std * 255.0)


def at_size(pixels: torch.Tensor, size_px: int) -> torch.Tensor:
    """(B, 3, H, W) -> (B, 3, size, size), antialiased; untouched where it has that size."""
    if pixels.shape[-1] == size_px:
        return pixels
    shape = (size_px, size_px)
    return nn.functional.interpolate(pixels, shape, mode="bilinear", antialias=True)


@dataclass(frozen=True, slots=True)
class EncodedBatch:
    """`features` (B, 512) float32, L2-normalised; `probabilities` (B, 13) float32, sum 1."""

    features: Features
    probabilities: npt.NDArray[np.float32]


class ResNet34Encoder:
    """Encodes cutouts with a trained model, on a GPU or a CPU, in the precision that suits it."""

    def __init__(
        self,
        weights_file: Path,
        manifest: ModelManifest,
        device: str = "auto",
        threads: int | None = None,
        precision: Precision | Literal["auto"] = "auto",
    ) -> None:
        """`threads` sets torch's threads for the whole process; None leaves them.

        Raises:
            ValueError: the model expects other preprocessing, or the file is no such model.
        """
        if manifest.preprocessing != PREPROCESSING_VERSION:
            raise ValueError(
                f"{manifest.name} expects preprocessing {manifest.preprocessing!r}; "
                f"this is {PREPROCESSING_VERSION!r}"
            )
        if threads is not None:
            torch.set_num_threads(threads)
        self.manifest = manifest
        self.device = _resolve_device(device)
        self.precision: Precision = (
            best_precision(self.device) if precision == "auto" else precision
        )
        net = load_garment_net(weights_file)
        fold_batch_norm(net.backbone)
        backbone = net.backbone.to(device=self.device, dtype=_DTYPES[self.precision])
        self._backbone = backbone.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._mlp = net.mlp.to(self.device)
        head = load_look_head(weights_file)
        self._look = None if head is None else head.to(self.device)

    def encode(self, cutouts: Cutouts, framed: Cutouts | None = None) -> EncodedBatch:
        """(B, 224, 224, 3) uint8 RGB cutouts -> features and probabilities, B >= 0.

        `framed`, of the same shape, are the crops with their background: where the manifest asks
        for a second look, probabilities come from the mean of both pictures' logits. None: from
        the cutouts alone, for callers that want features.

        Raises:
            ValueError: another shape or dtype.
        """
        for pictures in (cutouts,) if framed is None else (cutouts, framed):
            _check(pictures, len(cutouts))
        if not self.manifest.second_look:
            framed = None
        features = np.empty((len(cutouts), FEATURE_DIM), np.float32)
        probabilities = np.empty((len(cutouts), len(CATEGORIES)), np.float32)
        for start in range(0, len(cutouts), _MAX_BATCH):
            piece = slice(start, start + _MAX_BATCH)
            features[piece], probabilities[piece] = self._encode_piece(
                cutouts[piece], None if framed is None else framed[piece]
            )
        return EncodedBatch(features, probabilities)

    @torch.inference_mode()
    def _encode_piece(
        self, cutouts: Cutouts, framed: Cutouts | None
    ) -> tuple[Features, npt.NDArray[np.float32]]:
        seen = cutouts if framed is None else np.concatenate([cutouts, framed])
        pixels = at_size(to_input(seen).to(self.device), self.manifest.input_px)
        pixels = pixels.to(_DTYPES[self.precision])
        pixels = pixels.contiguous(memory_format=torch.channels_last)
        pooled = pooled_stages(self._backbone, pixels)
        looks = self._mlp(pooled[:, :FEATURE_DIM]).view(-1, len(cutouts), len(CATEGORIES))
        logits = looks.mean(dim=0) / self.manifest.temperature
        pooled = pooled[: len(cutouts)]
        if self._look is None:
            features = nn.functional.normalize(pooled[:, :FEATURE_DIM], dim=1)
        else:
            colours = torch.from_numpy(colour_histograms(cutouts)).to(self.device)
            features = self._look(pooled, colours)
        return features.cpu().numpy(), logits.softmax(dim=1).cpu().numpy()


def _check(pictures: Cutouts, count: int) -> None:
    if pictures.dtype != np.uint8 or pictures.shape != (count, CUTOUT_SIZE, CUTOUT_SIZE, 3):
        raise ValueError(f"cutouts of {pictures.dtype} {pictures.shape} can't be encoded")


def best_precision(device: torch.device) -> Precision:
    """fp16 on a GPU; bf16 on a CPU that multiplies it in hardware; else fp32."""
    if device.type == "cuda":
        return "fp16"
    capabilities = torch.cpu.get_capabilities()
    in_hardware = capabilities.get("avx512_bf16") or capabilities.get("amx_bf16")
    return "bf16" if in_hardware and _has_onednn() else "fp32"


def _has_onednn() -> bool:
    return bool(torch.backends.mkldnn.is_available())  # type: ignore[no-untyped-call]


def fold_batch_norm(backbone: nn.Module) -> None:
    """Merges each batch normalisation into the convolution before it, in place, in float32.

    Same function, a third fewer passes over memory, and 16-bit weights lose less than 16-bit
    running statistics would.
    """
    for parent in backbone.modules():
        children: OrderedDict[str, nn.Module] = OrderedDict(parent.named_children())
        previous: tuple[str, nn.Module] | None = None
        for name, child in children.items():
            if isinstance(child, nn.BatchNorm2d) and previous is not None:
                conv_name, conv = previous
                if isinstance(conv, nn.Conv2d):
                    fused = torch.nn.utils.fusion.fuse_conv_bn_eval(conv, child)
                    setattr(parent, conv_name, fused)
                    setattr(parent, name, nn.Identity())
            if not isinstance(child, nn.ReLU):
                previous = (name, child)


def _resolve_device(device: str) -> torch.device:
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(device)
