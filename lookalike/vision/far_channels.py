"""Brings a network's far channels near zero, where bfloat16 has fine steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

FAR: Final = 64.0
"""A bias from here on is far: bfloat16 has 8 significant bits, so steps of 1/2 there."""


@dataclass(frozen=True, slots=True)
class _Far:
    """A ReLU behind far biases, and the one convolution that reads it, with its own biases.

    `first` is the place of the ReLU's first channel among those that are read.
    """

    relu: Any
    biases: npt.NDArray[np.float32]
    reader: Any
    first: int
    reader_biases: npt.NDArray[np.float32]


def bring_near(model: Any) -> int:
    """Rewrites an `openvino.Model` in place; what it computes stays equal but for rounding.

    A channel whose bias is far, and which hardly moves from there, means nothing in bfloat16: in
    u2netp one lies at 226 with a spread of 0.2, and the next convolution takes its bulk off again
    with biases of -1,361. Here the bulk never arises: the bias is left out, the ReLU cuts at minus
    the bias, and what the next convolution made of the bulk is added to its own bias; along the
    border, where zeros take the channel's place, by a map.

    Only a ReLU is rewritten that goes into one convolution alone, through at most interpolation and
    joining, and none behind a convolution that took up another's bulk. Returns how many were.
    """
    rewritten = 0
    # One by one: what reads a convolution that was rewritten has no plain biases any more.
    for far in _far(model):
        _bring_near(far)
        rewritten += 1
    return rewritten


def _far(model: Any) -> Iterator[_Far]:
    for relu in model.get_ordered_ops():
        biases = _biases(_source(relu, 0)) if relu.get_type_name() == "Relu" else None
        if biases is None or not (biases >= FAR).any():
            continue
        enlarged = _only_reader(relu, "Interpolate") or relu
        joined = _only_reader(enlarged, "Concat")
        reader = _only_reader(joined, "Convolution") if joined else None
        with_biases = _only_reader(reader, "Add") if reader else None
        reader_biases = _biases(with_biases) if with_biases else None
        if reader_biases is not None:
            first = _first_channel(joined, enlarged)
            yield _Far(relu, biases, reader, first, reader_biases)


def _bring_near(far: _Far) -> None:
    from openvino import opset13 as ops

    def replace(node: Any, by: Any) -> None:
        by.friendly_name = node.friendly_name
        node.output(0).replace(by.output(0))

    shift = np.where(far.biases >= FAR, far.biases, 0.0)
    plain = _source(_source(far.relu, 0), 0)
    near = ops.add(plain, _by_channel(far.biases - shift))
    replace(far.relu, ops.maximum(near, _by_channel(-shift)))

    kernel = _source(far.reader, 1).data[:, far.first : far.first + len(shift)]
    made = _made_of(kernel.astype(np.float64), shift, far.reader)
    inside = made[:, made.shape[1] // 2, made.shape[2] // 2]
    reader_sum = _only_reader(far.reader, "Add")
    summed = ops.add(far.reader, _by_channel(far.reader_biases + inside))
    border = (made - inside[:, None, None])[None]
    replace(reader_sum, ops.add(summed, ops.constant(border.astype(np.float32))))


def _made_of(
    kernel: npt.NDArray[np.float64], levels: npt.NDArray[np.float64], convolution: Any
) -> npt.NDArray[np.float64]:
    """What a convolution with a kernel (O, I, Y, X) makes of level channels: (O, H, W)."""
    settings = convolution.get_attributes()
    high, wide = list(convolution.input(0).get_shape())[2:]
    height, width = list(convolution.output(0).get_shape())[2:]

    def inside(axis: int, length: int, of: int, tap: int) -> npt.NDArray[np.bool_]:
        places = np.arange(length) * settings["strides"][axis] - settings["pads_begin"][axis]
        places += tap * settings["dilations"][axis]
        seen: npt.NDArray[np.bool_] = (places >= 0) & (places < of)
        return seen

    rows = np.array([inside(0, height, high, tap) for tap in range(kernel.shape[2])], float)
    columns = np.array([inside(1, width, wide, tap) for tap in range(kernel.shape[3])], float)
    by_tap = np.einsum("oiyx,i->oyx", kernel, levels)
    made: npt.NDArray[np.float64] = rows.T @ (by_tap @ columns)
    return made


def _source(node: Any, at: int) -> Any:
    return node.input(at).get_source_output().get_node()


def _only_reader(node: Any, kind: str) -> Any:
    """The one node that reads this one's numbers, if it is of that kind; else None."""
    readers = [each.get_node() for each in node.output(0).get_target_inputs()]
    readers = [each for each in readers if each.get_type_name() != "ShapeOf"]
    return readers[0] if len(readers) == 1 and readers[0].get_type_name() == kind else None


def _biases(node: Any) -> npt.NDArray[np.float32] | None:
    """What is added to a convolution's output by channel, where the node is such a sum."""
    if node.get_type_name() != "Add" or _source(node, 0).get_type_name() != "Convolution":
        return None
    added = _source(node, 1)
    if added.get_type_name() == "Reshape":
        added = _source(added, 0)
    channels = node.output(0).get_shape()[1]
    constant = added.get_type_name() == "Constant" and added.data.size == channels
    return added.data.reshape(-1) if constant else None


def _first_channel(joined: Any, part: Any) -> int:
    first = 0
    for given in joined.inputs():
        if given.get_source_output().get_node() == part:
            break
        first += given.get_shape()[1]
    return first


def _by_channel(numbers: npt.NDArray[Any]) -> Any:
    from openvino import opset13 as ops

    return ops.constant(numbers.reshape(1, -1, 1, 1).astype(np.float32))
