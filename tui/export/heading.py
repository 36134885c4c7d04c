"""What stands above the products of a saved answer."""

from __future__ import annotations

from lookalike import percents
from lookalike.plain_text import plain
from tui.search.history import Search
from tui.search.question import PhotoQuestion, Question
from tui.search.verdict import in_a_sentence
from tui.wording import say

_BETWEEN = " · "


def heading(search: Search) -> list[str]:
    """Lines: what the answer says as a whole, what was asked about, the filters if there are any.

    Whatever a shop wrote into its texts is in them as it is, but for control characters.
    """
    lines = [in_a_sentence(search), _asked_about(search), _limits(search.question)]
    return [line for line in lines if line]


def _asked_about(search: Search) -> str:
    from lookalike.contract.schemas import SimilarReply

    question, answer = search.question, search.answer
    if not isinstance(question, PhotoQuestion):
        return say("More like ") + plain(question.product.title)
    told = [plain(question.photo.name)]
    if not isinstance(answer, SimilarReply):
        guess = answer.category
        told.append(f"{say(guess.name)} {percents.reached(guess.confidence)}%")
    return _BETWEEN.join(told)


def _limits(question: Question) -> str:
    filters, told = question.filters, {}
    if filters.category == "any":
        told["Category"] = say("anything")
    elif filters.category != "auto":
        told["Category"] = say(filters.category)
    if filters.max_price is not None:
        told["Up to"] = f"{filters.max_price:,f}"
    if filters.brands:
        told["Brands"] = ", ".join(map(plain, filters.brands))
    if filters.sort != "similarity":
        told["Sort by"] = say(filters.sort)
    if filters.reference_price is not None and isinstance(question, PhotoQuestion):
        told["Look costs"] = f"{filters.reference_price:,f}"
    return _BETWEEN.join(f"{say(label)}: {limit}" for label, limit in told.items())
