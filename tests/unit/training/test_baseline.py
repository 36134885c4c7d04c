"""The predecessor's recipe: ImageNet's ResNet34 as it is, an MLP trained on its features."""

from __future__ import annotations

from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
import torch

from lookalike.training.baseline import (
    ImagenetWeightsError,
    Weights,
    fit_classifier,
    imagenet_net,
    weights_in,
)
from lookalike.training.material import Material
from lookalike.training.validation import encode_rows
from lookalike.vision import torchvision_ops  # noqa: F401  (before torchvision)

import torchvision  # isort: skip


@pytest.fixture(scope="module")
def weights_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file in torchvision's form, of random weights."""
    torch.manual_seed(11)
    path = tmp_path_factory.mktemp("hub") / "resnet34-b627a593.pth"
    torch.save(torchvision.models.resnet34(weights=None).state_dict(), path)
    return path


def test_the_backbone_stays_torchvisions_and_the_classifier_learns(
    weights_file: Path, material: Material
) -> None:
    net = imagenet_net(3, lambda: weights_in(weights_file))
    fit_classifier(net, material, seed=3, epochs=120, size_px=64)
    given = weights_in(weights_file)
    kept = net.backbone.state_dict()
    assert all(torch.equal(kept[name], given[name]) for name in kept)
    rows = material.train_rows
    guessed = encode_rows(net, material.cutout, rows, 64).logits.argmax(axis=1)
    assert np.mean(guessed == material.labels[rows]) > 0.8


def test_without_a_network_the_message_says_what_to_do() -> None:
    def offline() -> Weights:
        raise URLError("no route to host")

    with pytest.raises(ImagenetWeightsError, match=r"no route to host.*--imagenet-weights"):
        imagenet_net(3, offline)


def test_another_networks_weights_are_refused() -> None:
    with pytest.raises(ImagenetWeightsError, match="no weights of a ResNet34"):
        imagenet_net(3, lambda: {"conv1.weight": torch.zeros(1)})
