"""When a crawl gives up on pages of a kind."""

from __future__ import annotations

from catalog.crawl.traps import TrapGuard


def _month(n: int) -> str:
    return f"https://shop.example/calendar/{n}"


def test_pages_that_lead_only_to_their_like_are_given_up() -> None:
    guard = TrapGuard(patience_pages=3)
    given_up = [
        guard.note(_month(n), has_products=False, new_urls=[_month(n + 1)]) for n in range(3)
    ]
    assert given_up == [False, False, True]
    assert guard.is_closed(_month(99))
    assert not guard.is_closed("https://shop.example/women/dress-1")


def test_pages_that_lead_to_products_are_not() -> None:
    guard = TrapGuard(patience_pages=3)
    for n in range(100):
        page = f"https://shop.example/c/dresses?page={n}"
        guard.note(page, has_products=False, new_urls=[f"https://shop.example/p/{n}"])
        guard.note(f"https://shop.example/p/{n}", has_products=True, new_urls=[])
    assert not guard.is_closed("https://shop.example/c/dresses?page=100")
    assert not guard.is_closed("https://shop.example/p/100")


def test_a_page_of_the_same_bytes_is_known() -> None:
    guard = TrapGuard()
    assert [guard.is_repeated(body) for body in (b"a", b"b", b"a")] == [False, False, True]
