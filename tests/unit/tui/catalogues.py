"""Catalogues drawn by Hypothesis, and what the service would say of them."""

from __future__ import annotations

from hypothesis import strategies as st

from lookalike.contract.money import to_minor
from lookalike.contract.schemas import Hit
from lookalike.contract.taxonomy import Category
from lookalike.products import Product
from lookalike.ranking import candidates_needed, rank_hits
from lookalike.search import ShardHit
from tests.unit.tui.answers import answer, hit
from tui.search.filters import Filters


@st.composite
def catalogues(draw: st.DrawFn) -> list[ShardHit]:
    """All there is, as the search orders it; many are alike to the sixth decimal."""
    similarity = st.sampled_from([0.9, 0.9 + 1e-7, 0.9 + 2e-7, 0.8, 0.7])
    price = st.sampled_from(["0", "10", "20", "20.5"])
    each = st.tuples(similarity, price, st.sampled_from(["USD", "EUR"]))
    drawn = draw(st.lists(each, min_size=1, max_size=8))
    names = draw(st.permutations("abcdefgh"[: len(drawn)]))
    found = [
        ShardHit(
            similarity,
            Product(
                id=name,
                title=f"Shirt {name}",
                brand="Acme",
                category=Category.T_SHIRT,
                price_minor=to_minor(hit(name, price=price).product.price, currency),
                currency=currency,
                item_url=f"https://shop.example/{name}",
                image_key=None,
            ),
        )
        for name, (similarity, price, currency) in zip(names, drawn, strict=True)
    ]
    return sorted(found, key=lambda hit: (-hit.similarity, hit.product.id))


def told(catalogue: list[ShardHit], filters: Filters) -> list[Hit]:
    """What the service says of a photo; each matches as much as it is similar."""
    needed = candidates_needed(filters.sort, filters.k)
    costs = filters.reference_price
    ranked = rank_hits(catalogue[:needed], filters.sort, filters.k, lambda near, _: near, costs)
    said = [
        hit(
            each.product.id,
            round(each.similarity, 6),
            str(each.product.price_minor / 100),
            each.product.currency,
        ).model_copy(
            update={
                "saving": None if each.saving is None else round(each.saving, 4),
                "value": each.value,
            }
        )
        for each in ranked
    ]
    return answer(*said).hits
