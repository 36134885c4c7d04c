"""Names of files, as the tree shows them."""

from __future__ import annotations

from rich.text import Text

from tui.widgets.photo_tree import shown_name


def test_a_terminal_obeys_no_file_name() -> None:
    assert shown_name("a\x1b]0;own\x07[red] b.jpg").plain == "a ]0;own [red] b.jpg"
    assert shown_name(Text("a\x1b]0;own[red] b.jpg")).plain == "a ]0;own[red] b.jpg"
    assert shown_name("빨간 원피스.jpg").plain == "빨간 원피스.jpg"
