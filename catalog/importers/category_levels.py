"""What one level of a shop's categories means: "Coats & Jackets", "Dresses & Skirts", "Ties"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from lookalike.contract.taxonomy import Category, category_of, is_joined_term, is_none_of_them

Meanings = frozenset[Category | None]
"""Categories that a shop's words may mean, None for none of the 13; empty for unknown words."""

_NO_TERMS: Final[Mapping[str, Category]] = MappingProxyType({})
_PATH: Final = re.compile(r"[>›»|→]")
_PATH_OR_LIST: Final = re.compile(r"[/,]")
_IN_A_LIST: Final = re.compile(r",[^/]*(?:&|\s(?:and|und|et|or|및)\s)", re.IGNORECASE)
"""Only a list goes on so: "Hats, Scarves & Gloves"."""
_ALTERNATIVES: Final = re.compile(
    r"\s*[&,+·・/]\s*|\s+(?:and|und|et|or)\s+|\s+및\s+", re.IGNORECASE
)
_UMBRELLAS: Final = frozenset({"top", "tops", "상의", "bottoms", "하의"})
_OTHER_WARES: Final = frozenset(
    (  # noqa: SIM905
        "accessories accessory activewear beachwear co-ords hosiery lingerie loungewear more "
        "nightwear sets sleepwear sportswear swimwear underwear 세트 소품 속옷 액세서리 잡화 홈웨어"
    ).split()
)
"""Alone they may hold some of the 13 and say nothing; joined with one of these they are another."""
_PHRASES: Final = re.compile(r"[,;:.()\[\]|/·–—]+|\s-\s")
_WITH: Final = re.compile(r"\swith\s", re.IGNORECASE)
"""After it a title tells what a thing has: a "sweatshirt with T-shirt print" is no T-shirt."""
_FABRICS: Final = frozenset({"denim", "knit", "데님"})
"""In a title what a thing is made of, as in "Rib knit midi", unless the thing's word follows."""
_MAX_TERM_WORDS: Final = 5


def levels_of(path: str) -> list[str]:
    """A path's levels, the narrowest first: "Women > Dresses", "Women/Dresses", "Women, Dresses".

    Beside ">" and the like a slash and a comma part no levels: "Women > Dresses/Skirts > Mini".
    What a comma and an "&" both join is a list, and so one level.
    """
    levels = _PATH.split(path)
    if len(levels) == 1 and not _IN_A_LIST.search(path):
        levels = _PATH_OR_LIST.split(path)
    return [level for level in reversed(levels) if level.strip()] or [path]


def is_umbrella(level: str) -> bool:
    """Whether a level stands for half a wardrobe, and for a t-shirt or pants only at the end."""
    terms = [term for term in _terms(level) if _is_umbrella_term(term) or meaning_of(term)]
    return bool(terms) and all(map(_is_umbrella_term, terms))


# A table repeats its few categories in every row.
@lru_cache(4096)
def meaning_of(term: str) -> Meanings:
    """The category that a single term means."""
    category = category_of(term)
    return frozenset({category}) if category is not None or is_none_of_them(term) else frozenset()


def meanings_of(level: str, title: str, own: Mapping[str, Category] = _NO_TERMS) -> Meanings:
    """The categories that a level may mean: one where it is decided, several where it is not.

    Of joined terms those that are known count, the shop's `own` (case-folded) before others; what
    is a term for itself ("Cap/peaked") is one. Where they differ ("Dresses & Skirts") the title
    decides if it names exactly one of the things that they mean: a "Pleated skirt in navy" is a
    skirt.
    """
    if (category := own.get(level.strip().casefold())) is not None:
        return frozenset({category})
    terms = _terms(level)
    if len(terms) == 1 or is_joined_term(level):
        return meaning_of(level)
    found: Meanings = frozenset().union(*(_of_term(term, own) for term in terms))
    if found and any(term.split()[-1].casefold() in _OTHER_WARES for term in terms):
        found |= {None}
    named = found & frozenset(_named_in(title)) if len(found) > 1 else found
    return named if len(named) == 1 else found


def meanings_of_path(path: str, title: str, own: Mapping[str, Category]) -> Iterator[Meanings]:
    """What each level of a path may mean, the narrowest first, without umbrellas above another.

    Where nothing but slashes and commas is there, they part levels in one shop and join terms in
    the next: before the levels goes what they mean as joined terms, if that is decided.
    """
    if not _PATH.search(path):
        joined = meanings_of(_without_umbrellas(path, own), title, own)
        if len(joined) == 1:
            yield joined
    for n, level in enumerate(levels_of(path)):
        if n == 0 or level.strip().casefold() in own or not is_umbrella(level):
            yield meanings_of(_without_umbrellas(level, own), title, own)


def narrowest_of(levels: Iterable[Meanings]) -> Meanings:
    """What a path means, its narrowest level first: the first that is known, if it is decided.

    Of one that is not, a broader level may leave one category ("Dresses > Dresses & Skirts"),
    unless a part of it is none of the 13: of "Hats > Hats & Gloves" both are sold as hats.
    """
    possible: Meanings = frozenset()
    for level in levels:
        meant = level & possible if possible else level
        if len(meant) == 1 or None in meant:
            return meant
        possible = meant or possible
    return possible


def _without_umbrellas(level: str, own: Mapping[str, Category]) -> str:
    """A level without umbrellas that slashes and commas put before others: "Tops/Shirts".

    One that is the shop's `own` as a whole stays as it is.
    """
    *before, last = _PATH_OR_LIST.split(level)
    if level.strip().casefold() in own or not any(map(_is_umbrella_term, before)):
        return level
    return "/".join([*(term for term in before if not _is_umbrella_term(term)), last])


def _is_umbrella_term(term: str) -> bool:
    return term.strip().casefold() in _UMBRELLAS


def _terms(level: str) -> list[str]:
    return [term for term in _ALTERNATIVES.split(level) if term.strip()] or [level]


def _of_term(term: str, own: Mapping[str, Category]) -> Meanings:
    category = own.get(term.strip().casefold())
    return meaning_of(term) if category is None else frozenset({category})


def _named_in(title: str) -> Iterator[Category | None]:
    """What a title names: of known words in a row the last, as in "denim shorts"."""
    for phrase in _PHRASES.split(_WITH.split(title, maxsplit=1)[0]):
        # A model's number parts no words: "jeans 501 shorts".
        words = [word for word in phrase.split() if not word.isdigit()]
        known = [
            frozenset()
            if words[end - 1].casefold() in _FABRICS
            else meaning_of(" ".join(words[max(0, end - _MAX_TERM_WORDS) : end]))
            for end in range(1, len(words) + 1)
        ]
        for here, after in pairwise([*known, frozenset()]):
            if not after:
                yield from here
