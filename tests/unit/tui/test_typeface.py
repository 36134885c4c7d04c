"""Which typeface the words of a saved picture are drawn in."""

from __future__ import annotations

from PIL import ImageFont

from tests.unit.tui.answers import answer, hit, question
from tui.export.contact_sheet import contact_sheet
from tui.export.typeface import best_for, lacking, typefaces
from tui.search.history import Search


class Hangul(ImageFont.ImageFont):
    """Draws every character as itself: for want of a real font that tests may rely on."""

    def __init__(self) -> None:
        self.image = None

    def getmask(self, text, mode="", *args, **kwargs):  # type: ignore[no-untyped-def]
        return ImageFont.load_default(15).getmask(f"{ord(text):x}")


def test_pillows_own_typeface_has_no_hangul_and_says_so() -> None:
    (own,) = typefaces(["no such font"])
    assert lacking(own, "Shirt 39.90 USD …") == set()
    assert lacking(own, "Shirt 셔츠") == {"셔", "츠"}


def test_the_typeface_that_lacks_least_is_taken_and_pillows_own_where_it_will_do() -> None:
    own, other = ImageFont.load_default(15), Hangul()
    assert best_for("Shirt", [own, other]) is own
    assert best_for("셔츠", [own, other]) is other


def test_a_contact_sheet_knows_what_it_draws_as_boxes() -> None:
    korean = hit("a").model_copy(
        update={"product": hit("a").product.model_copy(update={"title": "셔츠"})}
    )
    search = Search(question(), answer(korean))
    own = ImageFont.load_default(15)
    assert contact_sheet(search, {}, [own]).boxes == {"셔", "츠"}
    assert contact_sheet(Search(question(), answer(hit("a"))), {}, [own]).boxes == set()
