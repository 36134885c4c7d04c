"""Submodules without what their packages load, and whole packages after that."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lookalike.vision.bare_import import import_bare


def test_the_network_is_built_without_torchs_compiler_and_torchvision_still_comes_whole() -> None:
    code = (
        "import sys; from lookalike.vision.garment_net import build_backbone; build_backbone();"
        "print('torch._dynamo' in sys.modules, 'torchvision' in sys.modules);"
        "from lookalike.vision import torchvision_ops; import torchvision;"
        "print(torchvision.models.resnet.resnet34 is torchvision.models.resnet34)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False", "True"]


def test_a_package_that_is_not_installed_is_named() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        import_bare("no_such_package.part", "no_such_package")
