"""What an answer says as a whole: whether the garment is in the catalogue, or fits the filters."""

from __future__ import annotations

from tui.search.history import Search
from tui.search.question import ProductQuestion, Question
from tui.wording import say


def in_a_sentence(search: Search) -> str:
    """An answer's verdict; where filters left too little, they are named and not the catalogue."""
    if not search.answer.hits:
        return _nothing(search.question)
    match search.answer.verdict:
        case "same":
            return say("The same look is in the catalogue.")
        case "similar":
            return say("Similar looks are in the catalogue.")
        case "none_close":
            if search.question.filters.narrow:
                return say("Nothing close fits these filters; these come nearest.")
            return say("Nothing close is in the catalogue; these come nearest.")


def _nothing(question: Question) -> str:
    if question.filters.narrow:
        return say("No product fits these filters.")
    anything = question.filters.category == "any"
    match question:
        case ProductQuestion():
            if anything:
                return say("No other product is in the catalogue.")
            return say("No other product of this category is in the catalogue.")
    if anything:
        return say("The catalogue is empty.")
    return say("No product of this category is in the catalogue.")
