"""What the service took the garment for, and whether it is in the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from lookalike import percents
from lookalike.plain_text import plain
from tui.search.history import Search
from tui.search.likeness import bar
from tui.search.question import Answer
from tui.search.verdict import in_a_sentence
from tui.widgets.words import Words
from tui.wording import say

if TYPE_CHECKING:
    from lookalike.contract.schemas import Verdict

_BAR_CELLS = 8
_COLOURS: dict[Verdict, str] = {
    "same": "$text-success",
    "similar": "$text-warning",
    "none_close": "$text-error",
}


class VerdictBar(Words):
    """Category with confidence and runners-up, and the verdict below."""

    DEFAULT_CSS = "VerdictBar { height: auto; padding: 0 1; }"

    def show(self, search: Search) -> None:
        """Show what an answer says as a whole."""
        answer = search.answer
        verdict = Content.styled(in_a_sentence(search), _COLOURS[answer.verdict])
        self.tell(Content("\n").join([self._looked_at(answer), verdict]))

    @staticmethod
    def _looked_at(answer: Answer) -> Content:
        from lookalike.contract import schemas

        if isinstance(answer, schemas.SimilarReply):
            title = plain(answer.product.title)
            return Content.assemble(say("More like "), (title, "bold"))
        guess = answer.category
        parts: list[Content | tuple[str, str]] = [
            (say(guess.name), "bold"),
            (f" {bar(guess.confidence, _BAR_CELLS)} ", "$accent"),
            (f"{percents.reached(guess.confidence)}%", ""),
        ]
        others = [
            f"{say(other.name)} {percents.reached(other.confidence)}%"
            for other in guess.alternatives
            if percents.reached(other.confidence)
        ]
        if others:
            parts.append((f"   {say('or')} {', '.join(others)}", "$text-muted"))
        searched = [category for category in answer.searched if category != guess.name]
        if searched and len(answer.searched) <= 4:
            names = ", ".join(say(name) for name in searched)
            parts.append((f"   {say('looked among')} {names}", "$text-muted"))
        return Content.assemble(*parts)
