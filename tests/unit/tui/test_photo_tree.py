"""Names of files, as the tree shows them."""

from __future__ import annotations

from pathlib import Path

from tui.widgets.photo_tree import PhotoTree


def test_a_terminal_obeys_no_file_name(tmp_path: Path) -> None:
    tree = PhotoTree(tmp_path)
    assert tree.process_label("a\x1b]0;own\x07[red] b.jpg").plain == "a ]0;own [red] b.jpg"
    assert tree.process_label("빨간 원피스.jpg").plain == "빨간 원피스.jpg"
