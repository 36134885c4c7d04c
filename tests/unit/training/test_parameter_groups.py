"""What learns how quickly, and what decays."""

from __future__ import annotations

from lookalike.training.parameter_groups import PROJECTION_RATE, parameter_groups
from lookalike.training.student import Student
from lookalike.vision.garment_net import GarmentNet


def test_what_begins_anew_learns_more_quickly_and_matrices_alone_decay() -> None:
    student = Student(GarmentNet(), 16, 1.0, frozen_stages=1, view_dim=8)
    names = {id(parameter): name for name, parameter in student.named_parameters()}
    found = {
        names[id(parameter)]: (group["quicker"], group["weight_decay"])
        for group in parameter_groups(student, 0.05)
        for parameter in group["params"]
    }
    trained = {name for name, parameter in student.named_parameters() if parameter.requires_grad}
    assert found.keys() == trained
    assert found["net.backbone.layer4.0.conv1.weight"] == (1.0, 0.05)
    assert found["net.mlp.0.bias"] == (1.0, 0.0)
    for name in ("project.1.weight", "view.weight", "places.1.weight"):
        assert found[name] == (PROJECTION_RATE, 0.05)
    assert found["log_scale"] == (PROJECTION_RATE, 0.0)
    assert PROJECTION_RATE > 1.0
