"""Makes `import torchvision` work beside a CPU build of torch: import this module first.

torchvision's wheel on PyPI is linked against CUDA. Beside a CPU torch its operators don't load,
and its import dies with "operator torchvision::nms does not exist". Declaring the two operators
that the import registers fake kernels for is enough; nothing here calls them.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Final

import torch

_SCHEMAS: Final[dict[str, str]] = {
    "torchvision::nms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "torchvision::qnms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}
"""Source: torchvision 0.28, `csrc/ops/nms.cpp` and `csrc/ops/quantized/cpu/qnms_kernel.cpp`."""


def _real_operators_load() -> bool:
    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.submodule_search_locations is None:
        return False
    folders = [Path(folder) for folder in spec.submodule_search_locations]
    libraries = [path for folder in folders for path in sorted(folder.glob("_C.*"))]
    try:
        for library in libraries:
            torch.ops.load_library(str(library))  # type: ignore[no-untyped-call]
    except OSError:
        return False
    return bool(libraries)


def declare_missing_operators() -> None:
    """Declares `torchvision::nms` and `qnms` where the real ones can't be loaded."""
    if _real_operators_load():
        return
    for name, schema in _SCHEMAS.items():
        if not hasattr(torch.ops.torchvision, name.removeprefix("torchvision::")):
            torch.library.define(name, schema)


declare_missing_operators()
