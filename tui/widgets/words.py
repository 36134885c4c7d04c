"""A text that is drawn anew only where it says something else."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


class Words(Static):
    """Plain text or styled content, never markup."""

    def __init__(
        self,
        text: str | Content = "",
        *,
        widget_id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(text, id=widget_id, classes=classes, markup=False)
        self._said = Content(text) if isinstance(text, str) else text

    def tell(self, text: str | Content) -> None:
        """Say something, which may be what is said already: screens show all at every change."""
        said = Content(text) if isinstance(text, str) else text
        if not said.is_same(self._said):
            self._said = said
            self.update(said)
