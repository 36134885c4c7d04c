"""The 13 garment categories, and the shop vocabularies that map onto them."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import Final


class Category(StrEnum):
    """A garment category; the order of the members is the classifier's order of logits."""

    T_SHIRT = "t-shirt"
    LONGSLEEVE = "longsleeve"
    POLO = "polo"
    UNDERSHIRT = "undershirt"
    SHIRT = "shirt"
    HOODIE = "hoodie"
    OUTERWEAR = "outerwear"
    DRESS = "dress"
    SKIRT = "skirt"
    PANTS = "pants"
    SHORTS = "shorts"
    SHOES = "shoes"
    HAT = "hat"


CATEGORIES: Final[tuple[Category, ...]] = tuple(Category)
"""All categories, in the order of the classifier's logits."""

CATEGORY_INDEX: Final[dict[Category, int]] = {c: i for i, c in enumerate(CATEGORIES)}
"""Position of each category among the logits."""

_TERMS: Final[dict[Category, str]] = {
    Category.T_SHIRT: (
        "t-shirt tshirt tee t-shirts tees top tops vest-top 티셔츠 반소매 반팔 반팔티 "
        "반소매-티셔츠 001001"
    ),
    Category.LONGSLEEVE: (
        "longsleeve long-sleeve longsleeves sweater sweaters jumper pullover knit knitwear "
        "sweatshirt sweatshirts crewneck cardigan turtleneck 긴소매 긴팔 긴소매-티셔츠 니트 스웨터 "
        "맨투맨 스웨트셔츠 가디건 니트/스웨터 맨투맨/스웨트셔츠 001010 001006 001005"
    ),
    Category.POLO: (
        "polo polos polo-shirt polo-shirts pique 폴로 카라티 피케/카라-티셔츠 피케 001003"
    ),
    Category.UNDERSHIRT: (
        "undershirt undershirts tank tank-top tank-tops singlet camisole vest bra bras bustier "
        "underwear-tops bodysuit 민소매 나시 민소매-티셔츠 런닝 001011"
    ),
    Category.SHIRT: (
        "shirt shirts blouse blouses button-down overshirt 셔츠 블라우스 셔츠/블라우스 남방 001002"
    ),
    Category.HOODIE: "hoodie hoodies hoody hooded-sweatshirt 후드 후디 후드티 후드-티셔츠 001004",
    Category.OUTERWEAR: (
        "outerwear jacket jackets coat coats blazer blazers parka parkas anorak trench windbreaker "
        "outdoor-waistcoat outdoor-jacket tailored-waistcoat puffer gilet bomber suit suits "
        "아우터 자켓 재킷 코트 패딩 점퍼 블레이저 바람막이 야상 002"
    ),
    Category.DRESS: ("dress dresses gown sundress jumpsuit/playsuit 원피스 드레스 020 100"),
    Category.SKIRT: "skirt skirts sarong 스커트 치마 022",
    Category.PANTS: (
        "pants trousers jeans denim leggings chinos slacks joggers sweatpants dungarees "
        "leggings/tights outdoor-trousers 바지 팬츠 청바지 데님 슬랙스 레깅스 "
        "데님-팬츠 코튼-팬츠 슈트-팬츠/슬랙스 트레이닝/조거-팬츠 003"
    ),
    Category.SHORTS: "shorts short bermudas 반바지 숏팬츠 숏-팬츠 쇼츠 003009",
    Category.SHOES: (
        "shoes shoe sneakers sneaker boots boot bootie sandals sandal heels heel pumps loafers "
        "flats ballerinas slippers flip-flop wedge heeled-sandals moccasins flat-shoe other-shoe "
        "flat-shoes heels/pumps wedges clogs 신발 운동화 스니커즈 구두 부츠 샌들 005 018"
    ),
    Category.HAT: (
        "hat hats cap caps beanie beanies hat/beanie hat/brim cap/peaked bucket-hat fedora beret "
        "모자 비니 캡 볼캡 야구-모자 버킷햇 007001 101001001"
    ),
}


def _normalise(term: str) -> str:
    folded = unicodedata.normalize("NFKC", term).casefold().strip()
    return re.sub(r"[\s_\-]+", "-", folded).strip("-")


_CATEGORY_OF_TERM: Final[dict[str, Category]] = {
    _normalise(term): category for category, terms in _TERMS.items() for term in terms.split()
}


def category_of(term: str) -> Category | None:
    """The category that a shop's word means, or None where it is none of the 13.

    Understands the category names themselves, H&M `product_type_name`, Musinsa category codes
    and names, and common English and Korean shop terms. A phrase is looked up as a whole first,
    then by its last word ("slim fit jeans" -> pants), a code by ever shorter prefixes
    ("003002" -> "003").

    Source: H&M Personalized Fashion Recommendations `articles.csv`; Musinsa's category tree.
    """
    whole = _normalise(term)
    if whole in _CATEGORY_OF_TERM:
        return _CATEGORY_OF_TERM[whole]
    if whole.isdigit():
        prefixes = (whole[:n] for n in range(len(whole) - 1, 2, -1))
        return next((_CATEGORY_OF_TERM[p] for p in prefixes if p in _CATEGORY_OF_TERM), None)
    return _CATEGORY_OF_TERM.get(whole.rsplit("-", 1)[-1])
