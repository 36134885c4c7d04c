"""A sitting: what is asked, what is answered, and the way back."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from tests.unit.tui.answers import answer, hit, photo, product
from tui.search.crop_box import Box, size_of, whole
from tui.search.filters import Filters
from tui.search.question import Answer, PhotoQuestion, ProductQuestion, Question
from tui.search.session import Mark, SearchSession
from tui.search.trouble import Trouble


def asked(session: SearchSession, reply: Answer) -> Question:
    question = session.question()
    assert question is not None
    session.begin(question)
    session.arrive(question, reply)
    assert session.finish()
    return question


def test_a_photo_is_taken_whole_at_first() -> None:
    session = SearchSession()
    assert session.question() is None
    session.take_photo(photo(40, 30))
    assert session.box == Box(0, 0, 40, 30)


def test_suggestions_are_walked_through_and_end() -> None:
    session, first, second = SearchSession(), Box(0, 0, 9, 9), Box(1, 1, 9, 9)
    session.take_photo(photo())
    assert not session.next_suggestion()
    assert session.photo is not None
    session.suggest(session.photo, [first, second])
    assert [session.next_suggestion(), session.box] == [True, first]
    assert [session.next_suggestion(), session.box] == [True, second]
    assert session.suggestion == 1
    assert not session.next_suggestion()
    assert [session.next_suggestion(-1), session.box] == [True, first]


def test_suggestions_for_another_photo_are_not_this_ones() -> None:
    session, old = SearchSession(), photo()
    session.take_photo(old)
    session.take_photo(photo())
    session.suggest(old, [Box(0, 0, 9, 9)])
    assert session.suggestions == ()


def test_suggestions_last_for_the_way_back_to_their_photo() -> None:
    session, one, two = SearchSession(), photo(), photo()
    for each, box in ((one, Box(0, 0, 9, 9)), (two, Box(1, 1, 9, 9))):
        session.take_photo(each)
        session.suggest(each, [box])
        asked(session, answer(hit("a")))
    assert session.suggestions == (Box(1, 1, 9, 9),)
    session.travel(-1)
    assert session.suggestions == (Box(0, 0, 9, 9),)


def test_an_answer_brings_back_the_box_and_filters_that_it_was_asked_with() -> None:
    session = SearchSession()
    session.take_photo(photo(), Box(0, 0, 20, 20))
    question = session.question()
    assert question is not None
    session.begin(question)
    session.filters = replace(session.filters, k=3)
    session.place_box(Box(5, 5, 30, 30))
    session.arrive(question, answer(hit("a")))
    assert session.finish()
    assert session.question() == question


def test_an_answer_to_what_nobody_waits_for_is_dropped() -> None:
    session = SearchSession()
    session.take_photo(photo())
    question = session.question()
    assert question is not None
    session.begin(question)
    assert session.cancel()
    session.arrive(question, answer(hit("a")))
    assert not session.finish()
    assert session.history.current is None
    assert not session.cancel()


def test_an_answer_that_has_come_goes_with_its_question() -> None:
    session = SearchSession()
    session.take_photo(photo())
    first = session.question()
    assert first is not None
    session.begin(first)
    session.arrive(first, answer(hit("a")))
    session.place_box(Box(0, 0, 10, 10))
    second = session.question()
    assert second is not None
    session.begin(second)
    assert session.arrived is None
    assert not session.finish()
    session.arrive(second, answer(hit("b")))
    session.cancel()
    assert session.arrived is None


def test_trouble_with_what_nobody_waits_for_is_dropped() -> None:
    session = SearchSession()
    session.take_photo(photo())
    first = session.question()
    assert first is not None
    session.begin(first)
    session.place_box(Box(0, 0, 10, 10))
    second = session.question()
    assert second is not None
    session.begin(second)
    session.fail(first, Trouble("down", "wait"))
    assert session.trouble is None
    assert session.running is second


def test_what_a_look_costs_is_forgotten_with_its_photo_and_comes_back_with_its_answer() -> None:
    session = SearchSession()
    session.take_photo(photo(), Box(0, 0, 20, 20))
    told = Filters(k=3, reference_price=Decimal(80))
    session.change_filters(told)
    asked(session, answer(hit("a")))
    session.place_box(Box(5, 5, 30, 30))
    assert session.filters == told
    session.about = product("a")
    asked(session, answer(hit("b")))
    session.take_photo(photo())
    assert session.filters == Filters(k=3)
    asked(session, answer(hit("c")))
    for by, filters in ((-1, told), (-1, told), (1, told), (1, Filters(k=3))):
        session.travel(by)
        assert session.filters == filters


def test_back_and_forward_bring_photo_box_and_filters_back() -> None:
    session, one, two = SearchSession(), photo(), photo()
    session.take_photo(one, Box(0, 0, 20, 20))
    asked(session, answer(hit("a")))
    session.filters = replace(session.filters, k=3)
    session.take_photo(two)
    asked(session, answer(hit("b")))
    session.about = product("b")
    asked(session, answer(hit("c")))
    assert session.history.place == (3, 3)
    assert session.travel(-1)
    assert session.about is None
    assert session.travel(-1)
    assert (session.photo, session.box, session.filters) == (one, Box(0, 0, 20, 20), Filters())
    assert not session.travel(-1)
    assert session.travel(1)
    assert (session.photo, session.box) == (two, whole(size_of(two)))
    assert session.travel(1)
    assert isinstance(session.question(), ProductQuestion)


def test_back_to_the_likes_of_a_product_is_back_to_the_photo_they_came_from() -> None:
    session, one, two = SearchSession(), photo(), photo()
    session.take_photo(one, Box(0, 0, 20, 20))
    asked(session, answer(hit("a")))
    session.about = product("a")
    asked(session, answer(hit("b")))
    session.take_photo(two)
    asked(session, answer(hit("c")))
    assert session.travel(-1)
    assert session.about == product("a")
    assert (session.photo, session.box) == (one, Box(0, 0, 20, 20))
    session.look_at_photo()
    assert session.question() == PhotoQuestion(one, Box(0, 0, 20, 20), Filters())
    assert session.travel(1)
    assert session.question() == PhotoQuestion(two, whole(size_of(two)), Filters())


def test_a_new_search_after_going_back_drops_what_lay_ahead() -> None:
    session = SearchSession()
    session.take_photo(photo())
    for name in "abc":
        asked(session, answer(hit(name)))
    session.travel(-1)
    session.travel(-1)
    asked(session, answer(hit("d")))
    assert session.history.place == (2, 2)
    assert not session.travel(1)


def test_more_like_this_lasts_until_the_box_moves() -> None:
    session = SearchSession()
    session.take_photo(photo())
    session.about = product("a")
    assert isinstance(session.question(), ProductQuestion)
    session.place_box(Box(0, 0, 10, 10))
    assert isinstance(session.question(), PhotoQuestion)


def test_a_product_is_asked_about_while_its_likes_are_shown() -> None:
    session = SearchSession()
    session.take_photo(photo())
    asked(session, answer(hit("a")))
    likes = ProductQuestion(product("a"), session.filters)
    session.begin(likes)
    assert session.about is None
    session.arrive(likes, answer(hit("b")))
    session.finish()
    assert session.about == product("a")
    session.look_at_photo()
    assert isinstance(session.question(), PhotoQuestion)


def test_a_search_that_fails_or_is_cancelled_leaves_what_is_asked_about() -> None:
    session = SearchSession()
    session.take_photo(photo())
    shown = ProductQuestion(product("a"), session.filters)
    session.begin(shown)
    session.arrive(shown, answer(hit("b")))
    session.finish()
    gone = ProductQuestion(product("b"), session.filters)
    session.begin(gone)
    session.cancel()
    assert session.question() == shown
    session.begin(gone)
    session.fail(gone, Trouble("gone", "search anew"))
    assert session.question() == shown
    assert session.question_again() == shown


def test_likes_that_failed_to_come_are_asked_for_again_until_one_looks_elsewhere() -> None:
    session = SearchSession()
    session.take_photo(photo())
    asked(session, answer(hit("a")))
    likes = ProductQuestion(product("a"), session.filters)
    session.begin(likes)
    session.fail(likes, Trouble("down", "wait", retry=True), answer_in_front=True)
    session.change_filters(replace(session.filters, k=3))
    assert session.question_again() == replace(likes, filters=session.filters)
    session.look_at_photo()
    assert isinstance(session.question_again(), PhotoQuestion)


def test_filters_that_failed_are_those_of_the_next_try_and_not_of_the_answer_shown() -> None:
    session = SearchSession()
    session.take_photo(photo(), Box(0, 0, 20, 20))
    asked(session, answer(hit("a")))
    shown = session.question()
    session.change_filters(replace(session.filters, category="any"))
    wanted = session.question()
    assert wanted is not None
    session.begin(wanted)
    session.fail(wanted, Trouble("down", "wait", retry=True), answer_in_front=True)
    assert session.question() == shown
    assert session.question_again() == wanted


def test_a_box_and_filters_whose_first_search_failed_stay_and_may_be_changed() -> None:
    session = SearchSession()
    session.take_photo(photo(), Box(0, 0, 20, 20))
    session.change_filters(replace(session.filters, k=3))
    wanted = session.question()
    assert wanted is not None
    session.begin(wanted)
    session.fail(wanted, Trouble("down", "wait", retry=True))
    assert session.question() == session.question_again() == wanted
    session.change_filters(Filters())
    assert session.question() == session.question_again() == replace(wanted, filters=Filters())
    session.place_box(Box(5, 5, 30, 30))
    assert session.question() == session.question_again()


def test_beside_the_photo_what_failed_is_asked_again_as_it_is_now() -> None:
    session = SearchSession()
    session.take_photo(photo(), Box(0, 0, 20, 20))
    asked = session.question()
    assert asked is not None
    session.begin(asked)
    session.place_box(Box(5, 5, 30, 30))
    session.change_filters(Filters(k=3))
    session.fail(asked, Trouble("down", "wait", retry=True))
    now = session.question_again()
    assert isinstance(now, PhotoQuestion)
    assert (now.box, now.filters) == (Box(5, 5, 30, 30), Filters(k=3))


def test_an_answer_ends_the_complaint_of_what_failed_meanwhile() -> None:
    session = SearchSession()
    session.take_photo(photo())
    question = session.question()
    assert question is not None
    session.begin(question)
    session.trouble = Trouble("no photo", "take another")
    session.arrive(question, answer(hit("a")))
    session.finish()
    assert session.trouble is None


def test_the_same_mark_twice_is_none() -> None:
    session = SearchSession()
    assert session.mark("a", Mark.UP) is Mark.UP
    assert session.mark("a", Mark.DOWN) is Mark.DOWN
    assert session.mark("a", Mark.DOWN) is None
    assert session.marks == {}
