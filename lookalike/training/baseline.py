"""The predecessor's recipe, kept as a baseline: torchvision's ImageNet ResNet34, frozen, + MLP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, cast

import numpy as np
import torch
from torch.nn import functional

from lookalike.search import FEATURE_DIM
from lookalike.training.material import Material
from lookalike.training.sample import NO_CLASS
from lookalike.training.validation import encode_pooled
from lookalike.vision import torchvision_ops  # noqa: F401  (before torchvision)
from lookalike.vision.garment_net import GarmentNet

import torchvision  # isort: skip

INPUT_PX: Final = 224
EPOCHS: Final = 60
RATE: Final = 1e-3
_BATCH: Final = 256


class ImagenetWeightsError(Exception):
    """torchvision's weights can't be had; the message says what to do about it."""


Weights = Mapping[str, torch.Tensor]


def torchvision_weights() -> Weights:
    """torchvision's ImageNet ResNet34, from torch's cache or downloaded into it.

    Raises:
        OSError: it can't be downloaded.
        RuntimeError: what came is something else, by its hash.
    """
    weights = torchvision.models.ResNet34_Weights.IMAGENET1K_V1
    return cast(Weights, weights.get_state_dict(progress=False, check_hash=True))


def weights_in(file: Path) -> Weights:
    """The same from a file that was downloaded by hand.

    Raises:
        OSError: it can't be read.
        ImagenetWeightsError: it is no file of torch's.
    """
    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception:  # broken bytes make it raise nearly anything
        raise ImagenetWeightsError(f"{file} is broken, or no file of weights") from None
    if not isinstance(state, Mapping):
        raise ImagenetWeightsError(f"{file} holds no weights of a network")
    return cast(Weights, state)


def imagenet_net(seed: int, fetch: Callable[[], Weights] = torchvision_weights) -> GarmentNet:
    """A network with ImageNet's ResNet34 weights and a new classifier.

    Raises:
        ImagenetWeightsError: they can't be had, or are of another network.
    """
    torch.manual_seed(seed)
    net = GarmentNet()
    try:
        state = fetch()
    except (OSError, RuntimeError) as error:  # urllib's URLError is one; a wrong hash the other
        url = torchvision.models.ResNet34_Weights.IMAGENET1K_V1.url
        raise ImagenetWeightsError(
            f"torchvision's ImageNet ResNet34 weights can't be had ({error}); download {url} "
            "elsewhere and name it with --imagenet-weights, or train with --backbone distilled"
        ) from error
    try:
        net.backbone.load_state_dict(
            {k: v for k, v in state.items() if not str(k).startswith("fc.")}
        )
    except (RuntimeError, TypeError, AttributeError) as error:
        raise ImagenetWeightsError(f"these are no weights of a ResNet34: {error}") from error
    return net.eval()


def fit_classifier(
    net: GarmentNet,
    material: Material,
    seed: int,
    epochs: int = EPOCHS,
    size_px: int = INPUT_PX,
) -> None:
    """Trains the MLP alone on frozen features of the training cutouts, in place."""
    rows = material.train_rows[material.labels[material.train_rows] != NO_CLASS]
    device = next(net.parameters()).device
    pooled = encode_pooled(net, material.cutout, rows, size_px)
    inputs = torch.from_numpy(pooled[:, :FEATURE_DIM]).to(device)
    wanted = torch.from_numpy(material.labels[rows]).to(device)
    torch.manual_seed(seed)
    optimizer = torch.optim.AdamW(net.mlp.parameters(), lr=RATE, weight_decay=0.01)
    net.mlp.train()
    rng = np.random.default_rng(seed)
    for _ in range(epochs):
        order = torch.from_numpy(rng.permutation(len(rows)))
        for chosen in torch.split(order, _BATCH):
            loss = functional.cross_entropy(
                net.mlp(inputs[chosen]), wanted[chosen], label_smoothing=0.1
            )
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    net.mlp.eval()
