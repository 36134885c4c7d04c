"""What the demo shop carries: the options of each category's cut, and its fabrics."""

from __future__ import annotations

from typing import Final

from lookalike.contract.taxonomy import Category

_LISTS: Final = {
    Category.T_SHIRT: {
        "neck": "crew v-neck crew scoop crew",
        "fit": "regular slim boxy regular",
        "sleeve": "short short short cap elbow",
        "pocket": "none none chest",
        "rib": "self self self contrast",
    },
    Category.LONGSLEEVE: {
        "neck": "crew crew roll v-neck henley boat mock",
        "fit": "regular slim regular boxy",
        "edges": "rib plain rib",
        "front": "closed cardigan",
        "rib": "self self self contrast",
    },
    Category.POLO: {
        "fit": "regular slim regular",
        "sleeve": "short short short short long",
        "placket": "three two three zip",
        "pocket": "none none none chest",
        "rib": "self self contrast",
    },
    Category.UNDERSHIRT: {
        "style": "tank tank racer muscle camisole",
        "neck": "scoop scoop v-neck crew",
        "rib": "self self self contrast",
    },
    Category.SHIRT: {
        "collar": "point button-down spread point camp band",
        "fit": "regular slim regular boxy",
        "sleeve": "long long short",
        "hem": "curved curved straight",
        "pocket": "one none two one",
    },
    Category.HOODIE: {
        "fit": "regular boxy regular",
        "front": "closed closed zip",
        "pocket": "kangaroo kangaroo kangaroo kangaroo kangaroo none",
        "strings": "cord cord cord none",
        "rib": "self self self contrast",
    },
    Category.OUTERWEAR: {
        "style": "blazer puffer coat bomber parka trucker",
        "closing": "single double",
        "belt": "none belt",
        "quilt": "wide narrow",
        "hood": "hood none",
    },
    Category.DRESS: {
        "style": "skater shift slip wrap shirt tiered",
        "length": "knee midi mini maxi",
        "neck": "crew scoop v-neck",
        "sleeve": "sleeveless short sleeveless long puff",
    },
    Category.SKIRT: {
        "style": "a-line pleated pencil tiered button wrap",
        "length": "midi mini midi maxi",
    },
    Category.PANTS: {
        "style": "jeans chinos tailored jeans joggers cargo leggings",
        "fit": "straight slim wide skinny flared",
    },
    Category.SHORTS: {
        "style": "chino denim athletic cargo tailored",
        "length": "mid short knee",
    },
    Category.SHOES: {
        "style": "sneaker high-top runner chelsea loafer pump",
        "mark": "bands plain wave",
        "sole": "white white gum black",
    },
    Category.HAT: {
        "style": "cap beanie bucket fedora cap sun",
        "mark": "none badge contrast",
    },
}

_FABRICS: Final = {
    Category.T_SHIRT: "plain stripe graphic plain melange graphic print plain block",
    Category.LONGSLEEVE: "plain knit stripe cable melange knit stripe block print",
    Category.POLO: "plain plain stripe plain melange block print",
    Category.UNDERSHIRT: "plain stripe plain melange print plain",
    Category.SHIRT: "plain stripe tartan gingham denim print plain pinstripe",
    Category.HOODIE: "plain melange graphic plain block print",
    Category.OUTERWEAR: "plain melange tartan corduroy leather plain print",
    Category.DRESS: "print plain print satin stripe gingham plain denim",
    Category.SKIRT: "plain print tartan denim satin leather corduroy",
    Category.PANTS: "plain corduroy plain pinstripe melange tartan",
    Category.SHORTS: "plain plain print stripe gingham melange",
    Category.SHOES: "leather canvas suede leather canvas tartan",
    Category.HAT: "plain corduroy print denim plain tartan",
}

OPTIONS: Final[dict[Category, dict[str, tuple[str, ...]]]] = {
    category: {name: tuple(values.split()) for name, values in lists.items()}
    for category, lists in _LISTS.items()
}
"""Values of each cut option, repeated as often as the shop prefers them."""

FABRICS: Final[dict[Category, tuple[str, ...]]] = {c: tuple(f.split()) for c, f in _FABRICS.items()}
"""Fabrics of each category, repeated as often as the shop prefers them."""
