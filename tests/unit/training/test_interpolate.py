"""A network moved back towards its start lies between both."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from lookalike.training.interpolate import moved_towards


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_weights_and_statistics_lie_between_both(share: float) -> None:
    net, start = nn.BatchNorm1d(3), nn.BatchNorm1d(3)
    for module, value in ((net, 4.0), (start, 8.0)):
        nn.init.constant_(module.weight, value)
        assert module.running_var is not None
        module.running_var.fill_(value)
    moved_towards(net, start, share)
    assert net.running_var is not None
    for tensor in (net.weight, net.running_var):
        assert torch.equal(tensor, torch.full((3,), 4.0 + 4.0 * share))
    assert torch.equal(start.weight, torch.full((3,), 8.0))
