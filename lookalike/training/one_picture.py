"""One picture under several article ids: of each size, or once more as a view."""

from __future__ import annotations

import logging
from collections.abc import Hashable, Sequence
from dataclasses import replace

from lookalike.training.sample import Sample
from lookalike.vision.weights import sha256_of

logger = logging.getLogger(__name__)


def one_sample_a_picture(samples: Sequence[Sample]) -> list[Sample]:
    """A shop's samples, each picture file once, by its content; what shares one is one look.

    Otherwise sizes of their own ids would be held out with pictures that are trained on, and would
    be the hardest of what is taken for different products. The first of a picture's samples stays.
    """
    looks, groups, styles = _Joined(), _Joined(), _Joined()
    first: dict[Hashable, Sample] = {}
    for sample in samples:
        picture = sha256_of(sample.path) if sample.path.is_file() else str(sample.path)
        kept = first.setdefault(picture, sample)
        looks.join(kept.instance, sample.instance)
        groups.join(kept.group, sample.group)
        styles.join(kept.style, sample.style)
    if (repeated := len(samples) - len(first)) > 0:
        logger.warning(
            "%d of %d pictures are another one's file: each is taken once, and what shares one is "
            "one product",
            *(repeated, len(samples)),
        )
    return [
        replace(
            sample,
            instance=looks.name_of(sample.instance),
            group=groups.name_of(sample.group),
            style=styles.name_of(sample.style),
        )
        for sample in first.values()
    ]


class _Joined:
    """Names that mean the same; of each set the one that came first stands for all."""

    def __init__(self) -> None:
        self._earlier: dict[str, str] = {}

    def name_of(self, name: str) -> str:
        """The one that stands for it."""
        while (earlier := self._earlier.get(name, name)) != name:
            name = earlier
        return name

    def join(self, one: str, other: str) -> None:
        """Have both mean the same."""
        one, other = self.name_of(one), self.name_of(other)
        if one != other:
            self._earlier[other] = one
