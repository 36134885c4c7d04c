from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from lookalike.vision.look import COLOUR_DIM, PARTS, POOLED_DIM, LookHead, Rows, load_look_head


def rows(count: int, width: int, seed: int) -> Rows:
    return np.random.default_rng(seed).random((count, width), np.float32)


def some_head() -> LookHead:
    return LookHead(rows(1, sum(PARTS), 7)[0], rows(sum(PARTS), 512, 8) - np.float32(0.5))


def test_a_look_has_the_length_that_the_index_holds() -> None:
    look = some_head()(rows(3, POOLED_DIM, 2), rows(3, COLOUR_DIM, 3))
    assert look.shape == (3, 512)
    assert look.dtype == np.float32
    assert np.linalg.norm(look, axis=1) == pytest.approx([1.0] * 3, abs=1e-5)


def test_colour_moves_looks_of_one_shape_apart() -> None:
    one, other = some_head()(rows(1, POOLED_DIM, 2).repeat(2, axis=0), rows(2, COLOUR_DIM, 3))
    assert float(one @ other) < 0.99


def test_no_part_outweighs_another_by_its_size() -> None:
    pooled, colours = rows(2, POOLED_DIM, 2), rows(2, COLOUR_DIM, 3)
    pooled[:, :512] *= 100.0
    parts = some_head().parts(pooled, colours)
    for part in np.split(parts, np.cumsum(PARTS)[:-1], axis=1):
        assert np.linalg.norm(part, axis=1) == pytest.approx([1.0, 1.0], abs=1e-5)


def test_a_garment_without_colours_still_has_a_look() -> None:
    head = LookHead(np.zeros(sum(PARTS), np.float32), some_head().axes)
    look = head(rows(1, POOLED_DIM, 2), np.zeros((1, COLOUR_DIM), np.float32))
    assert np.isfinite(look).all()


def test_the_head_comes_back_from_its_file(tmp_path: Path) -> None:
    head = some_head()
    save_file(head.tensors(), tmp_path / "a")
    back = load_look_head(tmp_path / "a")
    assert back is not None
    pooled, colours = rows(2, POOLED_DIM, 5), rows(2, COLOUR_DIM, 6)
    assert np.array_equal(back(pooled, colours), head(pooled, colours))


def test_a_file_without_a_head_has_none(tmp_path: Path) -> None:
    save_file({"mlp.0.bias": np.zeros(2, np.float32)}, tmp_path / "a")
    assert load_look_head(tmp_path / "a") is None


@pytest.mark.parametrize("tensors", [("shape_mean",), ("means", "axes")])
def test_another_head_is_refused(tmp_path: Path, tensors: tuple[str, ...]) -> None:
    save_file({f"look.{name}": np.zeros(2, np.float32) for name in tensors}, tmp_path / "a")
    with pytest.raises(ValueError, match="look head"):
        load_look_head(tmp_path / "a")
