"""Shops' words for garments, and numbers that their codes of categories may be."""

from __future__ import annotations

import pytest

from lookalike.contract.taxonomy import Category, category_of, is_none_of_them


@pytest.mark.parametrize(
    ("code", "category"),
    [
        ("020", Category.DRESS),
        ("001001", Category.T_SHIRT),
        ("001001002", Category.T_SHIRT),
        ("001999", None),
    ],
)
def test_a_code_has_three_digits_a_level(code: str, category: Category | None) -> None:
    assert category_of(code) is category


@pytest.mark.parametrize(
    "number",
    ["100", "100101", "103077", "101001", "1001", "10033", "0020251", "10012345", "001001002003"],
)
def test_a_shop_s_own_number_is_no_code_whatever_it_begins_with(number: str) -> None:
    assert category_of(number) is None


@pytest.mark.parametrize(
    ("words", "category"),
    [
        ("폴로 티셔츠, 폴로티셔츠, 카라 티셔츠, 반팔 카라티셔츠, 피케 티셔츠", Category.POLO),
        ("피케티셔츠, 피케 셔츠, 피케셔츠", Category.POLO),
        ("맨투맨 티셔츠, 맨투맨티셔츠, 맨투맨티, 스웨트 셔츠, 후드 티", Category.HOODIE),
        ("카디건, 니트카디건, 긴팔티셔츠, 긴소매티셔츠, 롱슬리브 티셔츠", Category.LONGSLEEVE),
        ("민소매티셔츠", Category.UNDERSHIRT),
        ("점프슈트", Category.DRESS),
        ("잠바, 쟈켓, 가죽쟈켓", Category.OUTERWEAR),
        ("핫팬츠, 데님 핫팬츠, 하프 팬츠, 하프팬츠, 쇼트 팬츠, 쇼트팬츠", Category.SHORTS),
        ("하이힐, 펌프스", Category.SHOES),
        ("폴로 셔츠, 카라티", Category.POLO),
        ("반팔 티셔츠, 그래픽티셔츠", Category.T_SHIRT),
        ("롱치마", Category.SKIRT),
    ],
)
def test_korean_words_mean_what_their_english_counterparts_do(
    words: str, category: Category
) -> None:
    assert {word: category_of(word) for word in words.split(", ")} == dict.fromkeys(
        words.split(", "), category
    )


@pytest.mark.parametrize(
    "word",
    [
        *(
            "앞치마",
            "허리앞치마",
            "속치마",
            "속바지",
            "수면바지",
            "수면 바지",
            "수영모자",
            "수영모",
        ),
        *(
            "샤워 캡",
            "잠옷 바지",
            "잠옷 원피스",
            "잠옷원피스",
            "파자마 바지",
            "파자마바지",
            "파자마",
        ),
    ],
)
def test_korean_words_that_end_like_a_garment_and_are_none_are_none(word: str) -> None:
    assert is_none_of_them(word)


@pytest.mark.parametrize(
    "words",
    [
        "Bathing suits, Swim suits, Swimsuits, Swim tops, Bikini tops",
        "Pajama pants, Pyjama pants, Pyjama trousers, Pajama shorts, Pajama tops, Pyjama tops",
        "Night shirts, Night gowns, Nightgowns, Boxer shorts, Swim caps",
    ],
)
def test_what_is_worn_in_bed_or_water_or_below_is_none(words: str) -> None:
    assert {word: is_none_of_them(word) for word in words.split(", ")} == dict.fromkeys(
        words.split(", "), True
    )


@pytest.mark.parametrize(
    ("words", "category"),
    [
        ("Body suits, Bodysuits", Category.UNDERSHIRT),
        ("Jump suits, Jumpsuits, Play suit", Category.DRESS),
        ("Suits, Trouser suits", Category.OUTERWEAR),
    ],
)
def test_a_suit_is_outerwear_only_where_it_is_no_other_garment(
    words: str, category: Category
) -> None:
    assert {word: category_of(word) for word in words.split(", ")} == dict.fromkeys(
        words.split(", "), category
    )


@pytest.mark.parametrize(
    ("word", "category"),
    [
        ("Tシャツ", Category.T_SHIRT),
        ("Ｔｼｬﾂ", Category.T_SHIRT),
        ("長袖Tシャツ", Category.LONGSLEEVE),
        ("長袖 Tシャツ", Category.LONGSLEEVE),
        ("ニット", Category.LONGSLEEVE),
        ("ポロシャツ", Category.POLO),
        ("シャツ", Category.SHIRT),
        ("パーカー", Category.HOODIE),
        ("ジャケット", Category.OUTERWEAR),
        ("ワンピース", Category.DRESS),
        ("スカート", Category.SKIRT),
        ("デニムパンツ", Category.PANTS),
        ("ショートパンツ", Category.SHORTS),
        ("スニーカー", Category.SHOES),
        ("帽子", Category.HAT),
        ("パンツ", None),
        ("マウンテンパーカー", None),
    ],
)
def test_japanese_words_are_known_whole(word: str, category: Category | None) -> None:
    assert category_of(word) is category
