"""Leak-free splits: everything of one group (a sender, a photo, a style) lies on one side."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Final

VALIDATION_SHARE: Final = {
    "clothing": 0.17,
    "street": 0.17,
    "shop": 0.30,
    "drawn": 0.17,
    "tagged": 0.0,
}
"""Share of the groups of each source held out; of the shop's few styles more, to measure at all;
none of what has no labels worth measuring by."""


_SALT: Final = "138"
"""Chosen for the sizes of the sides and a few pictures of every category, before any training."""

_HALF_SALT: Final = "half-270"
"""Chosen for equal halves of the shop's views and the street's crops; 278 and 480 photos of single
garments, since one sender sent in 200 of them."""


class Split(StrEnum):
    """Which side of the split a sample lies on."""

    TRAIN = "train"
    VALIDATION = "validation"


class Half(StrEnum):
    """Half of the validation side: choices are made on one, figures reported on the other."""

    SELECT = "select"
    REPORT = "report"


def split_of(source: str, group: str) -> Split:
    """The side on which a group lies: a function of its name alone, equal on every machine.

    `source` names the data set, `group` what must not be torn apart: the sender of a wardrobe,
    the street photo, the style of a shop's product.
    """
    position = _position(_SALT, source, group)
    return Split.VALIDATION if position < VALIDATION_SHARE.get(source, 0.17) else Split.TRAIN


def half_of(source: str, group: str) -> Half:
    """The half of the validation side on which a group lies."""
    return Half.SELECT if _position(_HALF_SALT, source, group) < 0.5 else Half.REPORT


def _position(salt: str, source: str, group: str) -> float:
    digest = hashlib.sha256(f"{salt}/{source}/{group}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
