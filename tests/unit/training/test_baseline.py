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


@pytest.mark.parametrize("content", [b"hello", b"", b"PK\x03\x04", b"<html>not found</html>"])
def test_a_file_that_holds_no_weights_is_one_sentence(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "weights.pth"
    file.write_bytes(content)
    with pytest.raises(
        ImagenetWeightsError, match=r"weights\.pth is broken, or no file of weights"
    ):
        imagenet_net(3, lambda: weights_in(file))


@pytest.mark.parametrize("content", [[torch.zeros(1)], {"conv1.weight": "nothing"}, {1: 2}])
def test_a_torch_file_of_something_else_is_one_sentence(content: object, tmp_path: Path) -> None:
    file = tmp_path / "weights.pth"
    torch.save(content, file)
    with pytest.raises(ImagenetWeightsError, match="no weights of a"):
        imagenet_net(3, lambda: weights_in(file))


def test_what_a_proxy_sends_instead_is_told_as_no_download() -> None:
    def other() -> Weights:
        raise RuntimeError('invalid hash value (expected "b627a593", got "0")')

    with pytest.raises(ImagenetWeightsError, match=r"invalid hash value.*--imagenet-weights"):
        imagenet_net(3, other)
