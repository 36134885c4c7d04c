"""The state of one sitting: everything that the screens show, changed nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from tui.search.crop_box import Box, size_of, whole
from tui.search.filters import Filters
from tui.search.history import History, Search
from tui.search.narrowing import narrowed
from tui.search.photo import Photo
from tui.search.question import Answer, PhotoQuestion, ProductQuestion, Question
from tui.search.trouble import Trouble

if TYPE_CHECKING:
    from lookalike.contract.schemas import ProductReply


class Mark(StrEnum):
    """What the shopper thinks of a product."""

    UP = "up"
    DOWN = "down"


@dataclass(slots=True)
class SearchSession:
    """One photo at a time, the box and the filters on it, and the searches so far.

    `about` is the product whose likes are shown, None while the photo is asked about. `running` is
    the question whose answer is waited for, `arrived` that answer until it may be shown, `failed`
    the last question that got none over an answer; `trouble` is what went wrong last.
    """

    photo: Photo | None = None
    box: Box | None = None
    filters: Filters = field(default_factory=Filters)
    about: ProductReply | None = None
    history: History = field(default_factory=History)
    marks: dict[str, Mark] = field(default_factory=dict)
    running: Question | None = None
    arrived: Answer | None = None
    failed: Question | None = None
    trouble: Trouble | None = None
    _suggested: WeakKeyDictionary[Photo, tuple[Box, ...]] = field(
        default_factory=WeakKeyDictionary, repr=False
    )

    def take_photo(self, photo: Photo, box: Box | None = None) -> None:
        """Begin with another photo: all of it, unless a box is given.

        What the look of the one before costs is forgotten.
        """
        self.photo, self.box = photo, box or whole(size_of(photo))
        self.filters = replace(self.filters, reference_price=None)
        self.trouble = None
        self.look_at_photo()

    def place_box(self, box: Box) -> None:
        """Look at another part of the photo."""
        self.box = box
        self.look_at_photo()

    def change_filters(self, filters: Filters) -> None:
        """Ask with these from now on, what failed as well."""
        self.filters = filters
        if self.failed is not None:
            self.failed = replace(self.failed, filters=filters)

    def look_at_photo(self) -> None:
        """Ask about the photo from now on."""
        self.about, self.failed = None, None

    def look_at_answer(self) -> None:
        """Ask about what is shown from now on, with the box and filters that it was asked with."""
        search = self.history.current
        if search is None:
            return
        match search.question:
            case PhotoQuestion(photo, box, _):
                self._look_back_at(photo, box)
            case ProductQuestion(product, _):
                if search.beside is not None:
                    self._look_back_at(*search.beside)
                self.about = product
        self.filters = search.question.filters

    def _look_back_at(self, photo: Photo, box: Box) -> None:
        if photo is not self.photo:
            self.take_photo(photo)
        self.place_box(box)

    def suggest(self, photo: Photo, boxes: Sequence[Box]) -> None:
        """The service's boxes, kept for as long as one may go back to the photo."""
        self._suggested[photo] = tuple(boxes)

    def has_suggestions(self, photo: Photo) -> bool:
        """Whether the service has said what it suggests, be it nothing."""
        return photo in self._suggested

    @property
    def suggestions(self) -> tuple[Box, ...]:
        """The service's boxes for this photo, the likeliest garment first."""
        return () if self.photo is None else self._suggested.get(self.photo, ())

    @property
    def suggestion(self) -> int | None:
        """Which of the suggested boxes the box is, counted from 0."""
        return self.suggestions.index(self.box) if self.box in self.suggestions else None

    def next_suggestion(self, step: int = 1) -> bool:
        """Take the next suggested box; False beyond the last (or before the first) one."""
        at = self.suggestion
        wanted = (at + step) if at is not None else (0 if step > 0 else -1)
        if not 0 <= wanted < len(self.suggestions):
            return False
        self.place_box(self.suggestions[wanted])
        return True

    def question(self) -> Question | None:
        """What would be asked now; None as long as there is no photo."""
        if self.about is not None:
            return ProductQuestion(self.about, self.filters)
        if self.photo is None or self.box is None:
            return None
        return PhotoQuestion(self.photo, self.box, self.filters)

    def question_again(self) -> Question | None:
        """What to ask where the shopper tries again: what failed to come, where that may help."""
        if self.failed is not None and self.trouble and self.trouble.retry:
            return self.failed
        return self.question()

    def known_answer(self, question: Question) -> Answer | None:
        """The answer where it follows from the one that is looked at; the same again is asked."""
        search = self.history.current
        if search is None or search.question == question:
            return None
        return narrowed(search.question, search.answer, question)

    def begin(self, question: Question) -> None:
        """A question is on its way."""
        self._wait_for(question)
        self.failed, self.trouble = None, None

    def _wait_for(self, question: Question | None) -> None:
        self.running, self.arrived = question, None

    def arrive(self, question: Question, answer: Answer) -> None:
        """Its answer came; it is dropped where nobody waits for it any more."""
        if question is self.running:
            self.arrived = answer

    def finish(self) -> bool:
        """Look at the answer that came; False where none did."""
        if self.running is None or self.arrived is None:
            return False
        beside = (self.photo, self.box) if self.photo and self.box else None
        self.history.add(Search(self.running, self.arrived, beside))
        self._wait_for(None)
        self.trouble = None
        self.look_at_answer()
        return True

    def fail(self, question: Question, trouble: Trouble, *, answer_in_front: bool = False) -> None:
        """It went wrong; an answer in front stays, over the box and filters it was asked with.

        Beside the photo stand those that are to be asked with next.
        """
        if question is self.running:
            if answer_in_front:
                self.look_at_answer()
                self.failed = question
            self._wait_for(None)
            self.trouble = trouble

    def cancel(self) -> bool:
        """Wait no longer; False where nothing was waited for."""
        was_running = self.running is not None
        self._wait_for(None)
        return was_running

    def travel(self, by: int) -> bool:
        """Back or forward in the history, with the photo, box and filters of then."""
        if self.history.move(by) is None:
            return False
        self.failed, self.trouble = None, None
        self.look_at_answer()
        return True

    def brands_seen(self) -> set[str]:
        """Brands of the products in the answer that is looked at."""
        search = self.history.current
        return set() if search is None else {hit.product.brand for hit in search.answer.hits}

    def mark(self, product_id: str, mark: Mark) -> Mark | None:
        """Mark a product, or take the same mark away again; the mark that it has now."""
        if self.marks.get(product_id) is mark:
            del self.marks[product_id]
            return None
        self.marks[product_id] = mark
        return mark
