from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from lookalike.vision.look import COLOUR_DIM, PREFIX, SHAPE_DIM, LookHead, load_look_head


def rows(count: int, width: int, seed: int) -> torch.Tensor:
    return torch.rand(count, width, generator=torch.Generator().manual_seed(seed))


def fitted(weight: float) -> LookHead:
    head = LookHead()
    head.fit(rows(40, 512, 0), rows(40, COLOUR_DIM, 1), weight)
    return head


def test_a_look_has_the_length_that_the_index_holds() -> None:
    look = fitted(0.8)(rows(3, 512, 2), rows(3, COLOUR_DIM, 3))
    assert look.shape == (3, SHAPE_DIM + COLOUR_DIM) == (3, 512)
    assert look.norm(dim=1).tolist() == pytest.approx([1.0] * 3, abs=1e-5)


def test_shape_alone_counts_without_colour_and_colour_moves_looks_apart() -> None:
    raw = rows(1, 512, 2).repeat(2, 1)
    colours = rows(2, COLOUR_DIM, 3)
    one, other = fitted(0.0)(raw, colours)
    assert float(one @ other) == pytest.approx(1.0, abs=1e-5)
    one, other = fitted(0.8)(raw, colours)
    assert float(one @ other) < 0.9


def test_a_garment_without_colours_still_has_a_look() -> None:
    look = fitted(0.8)(rows(1, 512, 2), torch.zeros(1, COLOUR_DIM))
    assert bool(torch.isfinite(look).all())


def test_the_head_comes_back_from_its_file(tmp_path: Path) -> None:
    head = fitted(0.8)
    save_file(
        {k: v.contiguous() for k, v in head.state_dict(prefix=PREFIX).items()}, tmp_path / "a"
    )
    back = load_look_head(tmp_path / "a")
    assert back is not None
    raw, colours = rows(2, 512, 5), rows(2, COLOUR_DIM, 6)
    assert torch.allclose(back(raw, colours), head(raw, colours))


def test_a_file_without_a_head_has_none(tmp_path: Path) -> None:
    save_file({"mlp.0.bias": torch.zeros(2)}, tmp_path / "a")
    assert load_look_head(tmp_path / "a") is None


def test_another_head_is_refused(tmp_path: Path) -> None:
    save_file({"look.shape_mean": torch.zeros(2)}, tmp_path / "a")
    with pytest.raises(ValueError, match="look head"):
        load_look_head(tmp_path / "a")
