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
        "t-shirt tshirt tee t-shirts tshirts tees tee-shirt tee-shirts top tops vest-top "
        "티셔츠 반소매 반팔 반팔티 반소매-티셔츠 반팔-티셔츠 상의 tシャツ 001001"
    ),
    Category.LONGSLEEVE: (
        "longsleeve long-sleeve longsleeves long-sleeves long-sleeve-t-shirt long-sleeve-tee "
        "long-sleeve-top long-sleeve-t-shirts long-sleeve-tees long-sleeve-tops "
        "long-sleeve-tee-shirt long-sleeve-tee-shirts "
        "sweater sweaters jumper jumpers pullover pullovers knit knits knitwear "
        "crewneck cardigan cardigans turtleneck turtlenecks "
        "긴소매 긴팔 긴소매-티셔츠 긴소매티셔츠 긴팔-티셔츠 긴팔티셔츠 긴팔티 롱슬리브 "
        "롱슬리브-티셔츠 니트 스웨터 터틀넥 가디건 카디건 니트/스웨터 "
        "長袖tシャツ 長袖-tシャツ ニット セーター カーディガン 001010 001006"
    ),
    Category.POLO: (
        "polo polos polo-shirt polo-shirts polo-t-shirt polo-t-shirts polo-tee polo-tees polo-top "
        "pique 폴로 폴로-셔츠 폴로셔츠 폴로-티셔츠 폴로티셔츠 카라티 카라-티셔츠 카라티셔츠 "
        "피케 피케-티셔츠 피케티셔츠 피케-셔츠 피케셔츠 피케/카라-티셔츠 ポロシャツ 001003"
    ),
    Category.UNDERSHIRT: (
        "undershirt undershirts tank tanks tank-top tank-tops singlet singlets camisole camisoles "
        "vest vests bra bras bustier underwear-top underwear-tops bodysuit bodysuits "
        "body-suit body-suits sleeveless "
        "sleeveless-top sleeveless-tops 민소매 나시 민소매-티셔츠 민소매티셔츠 런닝 001011"
    ),
    Category.SHIRT: (
        "shirt shirts blouse blouses button-down button-downs button-up overshirt overshirts "
        "dress-shirt dress-shirts long-sleeve-shirt long-sleeve-shirts "
        "셔츠 블라우스 셔츠/블라우스 남방 シャツ ブラウス 001002"
    ),
    Category.HOODIE: (
        "hoodie hoodies hoody hoodys hooded-sweatshirt hooded-sweatshirts hooded-sweat-shirt "
        "hooded-sweat-shirts zip-hoodie zip-hoodies sweatshirt sweatshirts "
        "sweat-shirt sweat-shirts "
        "후드 후디 후드티 후드-티 후드집업 후드-집업 후드-티셔츠 후드티셔츠 "
        "맨투맨 맨투맨티 맨투맨-티셔츠 맨투맨티셔츠 스웨트셔츠 스웨트-셔츠 맨투맨/스웨트셔츠 "
        "パーカー 001004 001005"
    ),
    Category.OUTERWEAR: (
        "outerwear outwear jacket jackets coat coats blazer blazers parka parkas anorak anoraks "
        "trench trenchcoat trenchcoats overcoat overcoats windbreaker windbreakers raincoat "
        "raincoats outdoor-waistcoat outdoor-jacket tailored-waistcoat waistcoat waistcoats "
        "puffer puffers gilet gilets bomber bombers suit suits poncho ponchos cape capes "
        "puffer-vest puffer-vests down-vest down-vests quilted-vest quilted-vests "
        "아우터 자켓 재킷 쟈켓 코트 패딩 점퍼 잠바 블레이저 바람막이 야상 집업 조끼 무스탕 파카 "
        "アウター ジャケット コート 002"
    ),
    Category.DRESS: (
        "dress dresses gown gowns sundress sundresses minidress jumpsuit jumpsuits jump-suit "
        "jump-suits playsuit playsuits play-suit play-suits romper rompers jumpsuit/playsuit "
        "t-shirt-dress shirt-dress shirtdress "
        "점프수트 점프슈트 원피스 드레스 ワンピース ドレス 020"
    ),
    Category.SKIRT: (
        "skirt skirts miniskirt miniskirts skort skorts sarong 스커트 치마 スカート 022"
    ),
    Category.PANTS: (
        "pants pant trousers trouser jeans jean denim leggings legging tights chinos chino slacks "
        "joggers jogger sweatpants trackpants culottes cargos dungarees overalls "
        "leggings/tights outdoor-trousers 바지 팬츠 청바지 데님 슬랙스 레깅스 조거 하의 "
        "데님-팬츠 코튼-팬츠 슈트-팬츠/슬랙스 트레이닝/조거-팬츠 "
        "ズボン ジーンズ デニムパンツ 003"
    ),
    Category.SHORTS: (
        "shorts short short-pants bermuda bermudas hotpants board-shorts boardshorts swim-shorts "
        "반바지 숏팬츠 숏-팬츠 쇼트팬츠 쇼트-팬츠 쇼츠 핫팬츠 하프팬츠 하프-팬츠 "
        "ショートパンツ 003009"
    ),
    Category.SHOES: (
        "shoes shoe footwear sneakers sneaker trainers trainer boots boot bootie booties sandals "
        "sandal heels heel pumps pump loafers loafer flats ballerinas slippers slipper flip-flop "
        "flip-flops wedge wedges heeled-sandals moccasins flat-shoe flat-shoes other-shoe oxfords "
        "brogues espadrilles mules heels/pumps clogs pre-walkers "
        "신발 운동화 스니커즈 구두 부츠 샌들 로퍼 슬리퍼 워커 단화 슈즈 하이힐 펌프스 "
        "靴 シューズ スニーカー ブーツ サンダル 005 018"
    ),
    Category.HAT: (
        "hat hats cap caps beanie beanies headwear hat/beanie hat/brim cap/peaked bucket-hat "
        "fedora fedoras beret berets snapback snapbacks visor visors "
        "모자 비니 캡 볼캡 베레모 버킷햇 야구-모자 帽子 007001"
    ),
}


def _normalise(term: str) -> str:
    folded = unicodedata.normalize("NFKC", term).casefold().strip()
    return re.sub(r"[\s_\-]+", "-", folded).strip("-")


_NONE_OF_THEM: Final = (
    "bikini-top swimwear-top swimwear-tops night-gown nightgown sleep-shirt pyjama-top "
    "pyjama-shirt pyjama-bottom pyjama-pants pyjama-shorts pyjama-jumpsuit/playsuit shower-cap "
    "swimming-cap underwear-tights shoe-care boot-care "
    "pajama-top pajama-tops pajama-shirt pajama-shirts pajama-bottom pajama-bottoms pajama-pants "
    "pajama-shorts pajama-set pajama-sets pyjama-tops pyjama-shirts pyjama-bottoms pyjama-trousers "
    "pyjama-set pyjama-sets night-shirt night-shirts sleep-shirts sleep-shorts sleep-pants "
    "night-gowns nightgowns swim-suit swim-suits bathing-suit bathing-suits swim-top swim-tops "
    "bikini-tops boxer-shorts boxer-short shower-caps swimming-caps swim-cap swim-caps "
    "잠옷 잠옷바지 잠옷-바지 잠옷원피스 잠옷-원피스 파자마 파자마바지 파자마-바지 "
    "수면바지 수면-바지 속바지 속치마 앞치마 수영복 수영모 수영모자 수영-모자 샤워캡 샤워-캡 "
    "tie ties necktie neckties bow-tie bow-ties belt belts bag bags handbag handbags backpack "
    "backpacks wallet wallets purse purses scarf scarves glove gloves mittens sock socks "
    "stockings umbrella umbrellas sunglasses watch watches jewellery jewelry earrings necklace "
    "necklaces bracelet bracelets cufflinks bikini bikinis swimsuit swimsuits pyjamas pajamas "
    "넥타이 벨트 가방 백팩 지갑 스카프 머플러 목도리 장갑 양말 우산 선글라스 목걸이 귀걸이 팔찌"
)
"""What ends like one of the 13 and is none, or is sold beside them."""
_JOINS: Final = frozenset({"with", "and", "&", "+"})
"""After these comes what a thing has or is sold with: a "dress with belt" is no belt."""

_MEANING: Final[dict[str, Category | None]] = {
    **dict.fromkeys(map(_normalise, _NONE_OF_THEM.split())),
    **{_normalise(term): category for category, terms in _TERMS.items() for term in terms.split()},
}

_CODE_DIGITS: Final = frozenset({3, 6, 9})
"""Musinsa's codes have three digits a level; other numbers are a shop's own.

So are those that begin with no 0, which few shops' numbers do: Musinsa's own of that kind are known
where its pages are read (`catalog.crawl.category_codes`).
"""
_HANGUL: Final = re.compile("[가-힣]{3,}")


def category_of(term: str) -> Category | None:
    """The category that a shop's word means, or None where it is none of the 13.

    Understands the category names themselves, H&M `product_type_name`, Musinsa category codes
    and names, common English and Korean shop terms, and the commonest Japanese ones. Of a phrase
    its longest known ending counts ("slim fit jeans" -> pants, "graphic t-shirt" -> t-shirt,
    "bikini top" -> None), in Korean within a word as well; of a code ever shorter prefixes
    ("003002" -> "003"), where it begins with 0.

    Source: H&M Personalized Fashion Recommendations `articles.csv`; Musinsa's category tree.
    """
    known = _known_part(term)
    return None if known is None else _MEANING[known]


def is_none_of_them(term: str) -> bool:
    """Whether a shop's word is known to mean none of the 13, and not merely unknown."""
    known = _known_part(term)
    return known is not None and _MEANING[known] is None


def is_joined_term(term: str) -> bool:
    """Whether a phrase is understood by a term that has a slash of its own: "Cap/peaked"."""
    return "/" in (_known_part(term) or "")


def _known_part(term: str) -> str | None:
    """The part of a phrase, a Korean compound or a code by which it is understood."""
    whole = _normalise(term)
    if whole.isdigit():
        if len(whole) not in _CODE_DIGITS:
            return None
        return next((p for n in range(len(whole), 0, -3) if (p := whole[:n]) in _MEANING), None)
    words = whole.split("-")
    for n in range(len(words)):
        ending = "-".join(words[n:])
        if ending in _MEANING:
            joined = not _JOINS.isdisjoint(words[:n])
            return None if joined and _MEANING[ending] is None else ending
    return _known_end_of_compound(words[-1])


def _known_end_of_compound(word: str) -> str | None:
    """Of a Korean word written in one its longest known ending: 롱원피스 -> 원피스 -> dress."""
    if not _HANGUL.fullmatch(word):
        return None
    return next((e for n in range(1, len(word) - 1) if (e := word[n:]) in _MEANING), None)
