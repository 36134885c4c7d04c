from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from lookalike.vision.look import COLOUR_DIM, PARTS, POOLED_DIM, PREFIX, LookHead, load_look_head


def rows(count: int, width: int, seed: int) -> torch.Tensor:
    return torch.rand(count, width, generator=torch.Generator().manual_seed(seed))


def some_head() -> LookHead:
    head = LookHead()
    head.means.copy_(rows(1, sum(PARTS), 7)[0])
    head.axes.copy_(rows(sum(PARTS), 512, 8) - 0.5)
    return head


def test_a_look_has_the_length_that_the_index_holds() -> None:
    look = some_head()(rows(3, POOLED_DIM, 2), rows(3, COLOUR_DIM, 3))
    assert look.shape == (3, 512)
    assert look.norm(dim=1).tolist() == pytest.approx([1.0] * 3, abs=1e-5)


def test_colour_moves_looks_of_one_shape_apart() -> None:
    one, other = some_head()(rows(1, POOLED_DIM, 2).repeat(2, 1), rows(2, COLOUR_DIM, 3))
    assert float(one @ other) < 0.99


def test_no_part_outweighs_another_by_its_size() -> None:
    pooled, colours = rows(2, POOLED_DIM, 2), rows(2, COLOUR_DIM, 3)
    head = LookHead()
    parts = head.parts(torch.cat([pooled[:, :512] * 100.0, pooled[:, 512:]], dim=1), colours)
    assert [p.norm(dim=1).tolist() for p in torch.split(parts, list(PARTS), 1)] == [
        pytest.approx([1.0, 1.0], abs=1e-5)
    ] * 3


def test_a_garment_without_colours_still_has_a_look() -> None:
    look = some_head()(rows(1, POOLED_DIM, 2), torch.zeros(1, COLOUR_DIM))
    assert bool(torch.isfinite(look).all())


def test_the_head_comes_back_from_its_file(tmp_path: Path) -> None:
    head = some_head()
    save_file(
        {k: v.contiguous() for k, v in head.state_dict(prefix=PREFIX).items()}, tmp_path / "a"
    )
    back = load_look_head(tmp_path / "a")
    assert back is not None
    pooled, colours = rows(2, POOLED_DIM, 5), rows(2, COLOUR_DIM, 6)
    assert torch.allclose(back(pooled, colours), head(pooled, colours))


def test_a_file_without_a_head_has_none(tmp_path: Path) -> None:
    save_file({"mlp.0.bias": torch.zeros(2)}, tmp_path / "a")
    assert load_look_head(tmp_path / "a") is None


def test_another_head_is_refused(tmp_path: Path) -> None:
    save_file({"look.shape_mean": torch.zeros(2)}, tmp_path / "a")
    with pytest.raises(ValueError, match="look head"):
        load_look_head(tmp_path / "a")
