"""Channels far from zero are brought near, and the network stays the same function."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import openvino
import pytest
from openvino import opset13 as ops

from lookalike.vision.far_channels import bring_near
from lookalike.vision.openvino_network import multiplies_bf16
from lookalike.vision.weights import find_weights

CHANNELS = 3


def network(
    biases: tuple[float, ...] = (0.5, 228.0, -1.0),
    *,
    enlarge: bool = True,
    read_twice: bool = False,
    stride: int = 1,
    dilation: int = 1,
) -> openvino.Model:
    """(1, 2, 6, 8) -> (1, 4, H, W): convolution, ReLU, twice the size, joined, convolution."""
    numbers = np.random.default_rng(3)

    def convolved(given: Any, outputs: int, biases: npt.ArrayLike, **settings: int) -> Any:
        inputs = given.output(0).get_shape()[1]
        kernel = ops.constant(numbers.normal(size=(outputs, inputs, 3, 3)).astype(np.float32))
        side, apart = settings.get("stride", 1), settings.get("dilation", 1)
        pads = [apart, apart]
        found = ops.convolution(given, kernel, [side, side], pads, pads, [apart, apart])
        return ops.add(found, ops.constant(np.reshape(biases, (1, -1, 1, 1)).astype(np.float32)))

    given = ops.parameter([1, 2, 6, 8], np.float32)
    relu = ops.relu(convolved(given, CHANNELS, biases))
    shown = given
    part = relu
    if enlarge:
        part = ops.interpolate(
            relu, ops.constant([12, 16]), "linear_onnx", "sizes", axes=ops.constant([2, 3])
        )
        shown = ops.interpolate(
            given, ops.constant([12, 16]), "nearest", "sizes", axes=ops.constant([2, 3])
        )
    joined = ops.concat([shown, part], 1)
    found = convolved(joined, 4, [0.1, -900.0, 0.0, 7.0], stride=stride, dilation=dilation)
    outputs = [ops.relu(found), ops.reduce_mean(relu, ops.constant([1]))]
    return openvino.Model(outputs if read_twice else outputs[:1], [given])


def answer(model: openvino.Model, precision: str = "f32") -> npt.NDArray[np.float32]:
    settings = {"INFERENCE_PRECISION_HINT": precision}
    compiled = openvino.Core().compile_model(model, "CPU", settings)
    shape = tuple(compiled.input(0).get_shape())
    picture = np.random.default_rng(5).normal(size=shape).astype(np.float32)
    result: npt.NDArray[np.float32] = compiled(picture)[0]
    return result


@pytest.mark.parametrize("enlarge", [True, False])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("dilation", [1, 2])
def test_a_network_says_the_same_when_its_far_channel_is_near(
    enlarge: bool, stride: int, dilation: int
) -> None:
    model = network(enlarge=enlarge, stride=stride, dilation=dilation)
    before = answer(model)
    assert bring_near(model) == 1
    after = answer(model)
    assert np.abs(before).max() > 100.0
    np.testing.assert_allclose(after, before, atol=2e-3, rtol=1e-5)


def test_the_far_channel_is_near_afterwards() -> None:
    model = network()
    bring_near(model)
    inner = next(op for op in model.get_ops() if op.get_type_name() == "Maximum")
    assert np.abs(answer(openvino.Model([inner.output(0)], model.get_parameters()))).max() < 64.0


def test_a_cut_at_zero_stays_where_it_was() -> None:
    """A far bias, and inputs that still make its ReLU cut."""
    model = network((80.0, 90.0, 64.0))
    scaled = np.float32(40.0)
    compiled = openvino.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    picture = scaled * np.random.default_rng(5).normal(size=(1, 2, 6, 8)).astype(np.float32)
    before = compiled(picture)[0]
    assert bring_near(model) == 1
    compiled = openvino.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    np.testing.assert_allclose(compiled(picture)[0], before, atol=2e-2, rtol=1e-4)


@pytest.mark.parametrize(
    "model", [network((0.5, 63.0, -1.0)), network(read_twice=True)], ids=["near", "read by two"]
)
def test_what_is_near_or_read_by_others_too_is_left_as_it_is(model: openvino.Model) -> None:
    before = answer(model)
    assert bring_near(model) == 0
    np.testing.assert_array_equal(answer(model), before)


def test_far_channels_one_behind_the_other_leave_the_network_the_same() -> None:
    """The second one's biases were rewritten for the first: it is left as it is."""
    given = ops.parameter([1, 2, 6, 8], np.float32)
    numbers, layer = np.random.default_rng(3), given
    for _ in range(3):
        inputs = layer.output(0).get_shape()[1]
        kernel = ops.constant(numbers.normal(size=(3, inputs, 3, 3)).astype(np.float32))
        found = ops.convolution(layer, kernel, [1, 1], [1, 1], [1, 1], [1, 1])
        biases = np.reshape([200.0, -1.0, 90.0], (1, 3, 1, 1)).astype(np.float32)
        layer = ops.concat([ops.relu(ops.add(found, ops.constant(biases)))], 1)
    model = openvino.Model([layer], [given])
    before = answer(model)
    assert bring_near(model) == 1
    np.testing.assert_allclose(answer(model), before, rtol=1e-4)


@pytest.mark.skipif(not multiplies_bf16(), reason="this processor has no bfloat16")
def test_in_bfloat16_the_small_u2_net_is_closer_to_itself_afterwards() -> None:
    model = openvino.Core().read_model(find_weights("u2netp"))
    model = openvino.Model([model.outputs[0]], model.get_parameters())
    exact, before = answer(model), answer(model, "bf16")
    bring_near(model)
    after = answer(model, "bf16")
    assert np.abs(after - exact).mean() < 0.5 * np.abs(before - exact).mean()


def test_the_small_u2_net_has_two_such_convolutions_and_the_same_masks_after_it() -> None:
    model = openvino.Core().read_model(find_weights("u2netp"))
    model = openvino.Model([model.outputs[0]], model.get_parameters())
    before = answer(model)
    assert bring_near(model) == 2
    np.testing.assert_allclose(answer(model), before, atol=1e-3)
