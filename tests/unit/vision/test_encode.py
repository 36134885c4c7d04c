"""The encoder: the shipped weights, in any precision and batch, say the same."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from lookalike.contract.taxonomy import CATEGORIES
from lookalike.search import FEATURE_DIM, Features
from lookalike.vision.backbone import open_backbone
from lookalike.vision.backends import EncoderBackend
from lookalike.vision.colour import colour_histograms
from lookalike.vision.cutout import CUTOUT_SIZE, Cutouts
from lookalike.vision.encode import ResNet34Encoder
from lookalike.vision.garment_net import (
    GarmentNet,
    at_size,
    load_garment_net,
    pooled_stages,
    to_input,
)
from lookalike.vision.look import PREFIX, load_look_head
from lookalike.vision.torch_resnet import best_precision
from lookalike.vision.weights import find_model

CPU = torch.device("cpu")


BACKENDS: tuple[EncoderBackend, ...] = (
    ("torch", "openvino") if importlib.util.find_spec("openvino") else ("torch",)
)


@pytest.fixture(scope="module", params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> EncoderBackend:
    named: EncoderBackend = request.param
    return named


@pytest.fixture(scope="module")
def encoder(backend: EncoderBackend) -> ResNet34Encoder:
    model = find_model()
    return ResNet34Encoder(model.weights_file, model.manifest, device="cpu", backend=backend)


@pytest.fixture(scope="module")
def cutouts() -> Cutouts:
    """(5, 224, 224, 3): coloured boxes of several shapes on white."""
    drawn = np.full((5, CUTOUT_SIZE, CUTOUT_SIZE, 3), 255, np.uint8)
    colours = np.random.default_rng(3).integers(0, 200, (5, 3))
    for i, colour in enumerate(colours):
        drawn[i, 10 + 8 * i : 214 - 4 * i, 20 + 12 * i : 204 - 12 * i] = colour
    return drawn


def cosines(one: Features, other: Features) -> Features:
    products: Features = (one * other).sum(axis=1)
    return products


def plain_answer(cutouts: Cutouts) -> tuple[Features, Features]:
    """Features and probabilities of the network as it was trained: float32, nothing folded."""
    model = find_model()
    head = load_look_head(model.weights_file)
    assert head is not None
    with torch.inference_mode():
        pixels = at_size(to_input(cutouts), model.manifest.input_px)
        net = load_garment_net(model.weights_file)
        _, logits = net(pixels)
        pooled = pooled_stages(net.backbone, pixels).numpy()
        probabilities = (logits / model.manifest.temperature).softmax(dim=1)
    return head(pooled, colour_histograms(cutouts)), probabilities.numpy()


def test_features_are_unit_vectors_and_probabilities_sum_to_one(
    encoder: ResNet34Encoder, cutouts: Cutouts
) -> None:
    batch = encoder.encode(cutouts)
    assert batch.features.shape == (5, FEATURE_DIM)
    assert batch.probabilities.shape == (5, 13)
    assert batch.features.dtype == batch.probabilities.dtype == np.float32
    assert np.linalg.norm(batch.features, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert batch.probabilities.sum(axis=1) == pytest.approx(1.0, abs=1e-5)


def test_a_cutout_alone_and_in_a_batch_gets_the_same_answer(
    encoder: ResNet34Encoder, cutouts: Cutouts
) -> None:
    together = encoder.encode(cutouts)
    for i in range(len(cutouts)):
        alone = encoder.encode(cutouts[i : i + 1])
        assert cosines(alone.features, together.features[i : i + 1])[0] > 0.9999
        assert alone.probabilities[0] == pytest.approx(together.probabilities[i], abs=0.01)


def test_the_fast_precision_agrees_with_the_plain_network_in_float32(
    encoder: ResNet34Encoder, backend: EncoderBackend, cutouts: Cutouts
) -> None:
    features, probabilities = plain_answer(cutouts)
    assert encoder.backbone.precision == best_precision(CPU)
    assert encoder.backbone.backend == backend
    batch = encoder.encode(cutouts)
    assert cosines(batch.features, features).min() > 0.999
    assert batch.probabilities == pytest.approx(probabilities, abs=0.02)


def test_float32_with_folded_normalisation_is_the_plain_network(
    cutouts: Cutouts, backend: EncoderBackend
) -> None:
    model = find_model()
    folded = ResNet34Encoder(
        model.weights_file, model.manifest, "cpu", precision="fp32", backend=backend
    )
    plain, shares = plain_answer(cutouts[:2])
    found = folded.encode(cutouts[:2])
    assert found.features == pytest.approx(plain, abs=1e-5)
    assert found.probabilities == pytest.approx(shares, abs=1e-5)


def test_pictures_are_scaled_as_torch_scales_them(
    cutouts: Cutouts, backend: EncoderBackend
) -> None:
    weights_file = find_model().weights_file
    noise = np.random.default_rng(0).integers(0, 255, cutouts.shape, np.uint8)
    found = open_backbone(weights_file, 160, device="cpu", precision="fp32", backend=backend)
    with torch.inference_mode():
        net = load_garment_net(weights_file).backbone
        expected = pooled_stages(net, at_size(to_input(noise), 160)).numpy()
    assert found.pooled(noise) == pytest.approx(expected, abs=1e-4)


def test_the_pooled_stages_begin_with_what_the_backbone_answers(cutouts: Cutouts) -> None:
    net = GarmentNet().eval()
    with torch.inference_mode():
        pixels = to_input(cutouts[:2])
        pooled = pooled_stages(net.backbone, pixels)
        raw, _ = net(pixels)
    assert pooled.shape == (2, 768)
    assert torch.allclose(pooled[:, :FEATURE_DIM], raw, atol=1e-5)


def test_a_second_look_gives_the_mean_of_both_logits_and_the_cutouts_own_features(
    cutouts: Cutouts,
) -> None:
    model = find_model()

    def encoder(second_look: bool) -> ResNet34Encoder:
        manifest = model.manifest.model_copy(update={"second_look": second_look})
        return ResNet34Encoder(model.weights_file, manifest, "cpu", precision="fp32")

    framed = np.ascontiguousarray(cutouts[::-1])
    once, twice = encoder(False), encoder(True)
    alone, beside = once.encode(cutouts), once.encode(framed)
    both = twice.encode(cutouts, framed)
    assert both.features == pytest.approx(alone.features, abs=1e-5)
    mean = (np.log(alone.probabilities) + np.log(beside.probabilities)) / 2
    expected = np.exp(mean) / np.exp(mean).sum(axis=1, keepdims=True)
    assert both.probabilities == pytest.approx(expected, abs=1e-4)
    assert not np.allclose(both.probabilities, alone.probabilities, atol=1e-2)
    assert once.encode(cutouts, framed).probabilities == pytest.approx(alone.probabilities)
    assert twice.encode(cutouts).probabilities == pytest.approx(alone.probabilities, abs=1e-5)


def test_no_cutouts_give_no_features(encoder: ResNet34Encoder, cutouts: Cutouts) -> None:
    batch = encoder.encode(cutouts[:0])
    assert batch.features.shape == (0, FEATURE_DIM)
    assert batch.probabilities.shape == (0, len(CATEGORIES))


def test_other_shapes_and_types_are_refused(encoder: ResNet34Encoder) -> None:
    for wrong in (np.zeros((1, 8, 8, 3), np.uint8), np.zeros((1, 224, 224, 3), np.float32)):
        with pytest.raises(ValueError, match="can't be encoded"):
            encoder.encode(wrong)  # type: ignore[arg-type]


def test_a_second_look_at_fewer_pictures_is_refused(
    encoder: ResNet34Encoder, cutouts: Cutouts
) -> None:
    with pytest.raises(ValueError, match="can't be encoded"):
        encoder.encode(cutouts, cutouts[:4])


def test_read_only_and_strided_cutouts_are_taken(
    encoder: ResNet34Encoder, cutouts: Cutouts
) -> None:
    frozen = cutouts.copy()
    frozen.flags.writeable = False
    expected = encoder.encode(cutouts[::2]).features
    assert np.array_equal(encoder.encode(frozen[::2]).features, expected)
    assert encoder.encode(frozen[:1]).features == pytest.approx(expected[:1], abs=1e-3)


def test_the_input_has_imagenets_mean_and_deviation() -> None:
    white = to_input(np.full((1, 2, 2, 3), 255, np.uint8))
    expected = [(1 - m) / s for m, s in ((0.485, 0.229), (0.456, 0.224), (0.406, 0.225))]
    assert white[0, :, 0, 0].tolist() == pytest.approx(expected)


def test_a_model_of_other_preprocessing_is_refused() -> None:
    model = find_model()
    other = model.manifest.model_copy(update={"preprocessing": "0"})
    with pytest.raises(ValueError, match="preprocessing '0'"):
        ResNet34Encoder(model.weights_file, other)


def test_a_file_of_other_tensors_is_refused(tmp_path: Path) -> None:
    state = load_file(find_model().weights_file)
    del state["mlp.3.bias"]
    save_file(state, tmp_path / "short.safetensors")
    with pytest.raises(ValueError, match=r"mlp\.3\.bias"):
        load_garment_net(tmp_path / "short.safetensors")


def test_the_shipped_file_has_a_training_networks_names_and_is_float16() -> None:
    state = load_file(find_model().weights_file)
    names = {n for n in GarmentNet().state_dict() if not n.endswith("num_batches_tracked")}
    head = {f"{PREFIX}means", f"{PREFIX}axes"}
    assert set(state) == names | head
    assert {tensor.dtype for tensor in state.values()} == {torch.float16}


def test_float16_on_a_cpu_is_no_business_of_openvino() -> None:
    pytest.importorskip("openvino")
    with pytest.raises(ValueError, match="on the CPU here"):
        open_backbone(find_model().weights_file, 96, precision="fp16", backend="openvino")
    with pytest.raises(ValueError, match="on the CPU here"):
        open_backbone(find_model().weights_file, 96, device="cuda", backend="openvino")


def test_a_file_without_a_weight_is_refused(tmp_path: Path, backend: EncoderBackend) -> None:
    state = load_file(find_model().weights_file)
    del state["backbone.layer3.2.bn1.bias"]
    save_file(state, tmp_path / "short.safetensors")
    with pytest.raises(ValueError, match=r"layer3\.2\.bn1\.bias"):
        open_backbone(tmp_path / "short.safetensors", 96, device="cpu", backend=backend)


def test_a_processor_alone_encodes_without_torch() -> None:
    """Torch is a quarter of a gigabyte, and 1.5 s of a start."""
    pytest.importorskip("openvino")
    encoded = (
        "import sys, numpy as np\n"
        "from lookalike.vision.encode import ResNet34Encoder\n"
        "from lookalike.vision.weights import find_model\n"
        "model = find_model()\n"
        "encoder = ResNet34Encoder(model.weights_file, model.manifest, device='cpu')\n"
        "found = encoder.encode(np.zeros((1, 224, 224, 3), np.uint8))\n"
        "assert 'torch' not in sys.modules\n"
        "print(type(encoder.backbone).__name__, found.features.shape)\n"
    )
    process = subprocess.run(
        [sys.executable, "-c", encoded], capture_output=True, text=True, check=False
    )
    assert process.stdout.strip() == "OpenVinoBackbone (1, 512)", process.stderr


def test_many_threads_may_encode_at_once(encoder: ResNet34Encoder, cutouts: Cutouts) -> None:
    expected = encoder.encode(cutouts).features
    with ThreadPoolExecutor(4) as pool:
        alone = [cutouts[i : i + 1] for i in range(5)] * 3
        found = [batch.features for batch in pool.map(encoder.encode, alone)]
    assert (np.concatenate(found) * np.tile(expected, (3, 1))).sum(axis=1).min() > 0.9999
