"""Exact top-10 over one shard, beside numpy, FAISS IndexFlatIP and reading the rows once.

    OMP_WAIT_POLICY=passive python -m benchmarks.topk --rows 500000 --json

On a machine that is busy with other things OpenMP's threads, which FAISS and numpy use and which
by default spin while they wait, make everything slower; "passive" lets them sleep.

Data: drawn looks that share a mean, as the features of one network do, with variants around each
look; the queries are variants of looks too, each of another one. FAISS is measured where `faiss`
can be imported.
"""

from __future__ import annotations

import argparse
import importlib
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from benchmarks.figures import Figure, medians_ms
from catalog.index import ExactIndex
from catalog.index.threads import search_threads, set_search_threads
from lookalike.contract.taxonomy import CATEGORIES
from lookalike.products import Product
from lookalike.search import FEATURE_DIM, Features, ProductFilter, ShardHits, ShardQuery

K = 10
TOGETHER = 16
BRANDS = 50
_BLOCK = 20_000


def drawn_features(rows: int, seed: int) -> npt.NDArray[np.float16]:
    """(rows, 512) float16, L2-normalised: about 20 variants of each look."""
    looks = _drawn_looks(max(rows // 20, 1))
    rng = np.random.default_rng(seed)
    features = np.empty((rows, FEATURE_DIM), np.float16)
    for first in range(0, rows, _BLOCK):
        count = min(_BLOCK, rows - first)
        features[first : first + count] = _variants(looks[rng.integers(0, len(looks), count)], rng)
    return features


def drawn_queries() -> Features:
    """(TOGETHER, 512) float32, L2-normalised: each a variant of a look of its own.

    The looks are the first ones, which the rows vary too where there are 20 for each of them.
    """
    return _variants(_drawn_looks(TOGETHER), np.random.default_rng(4))


def _drawn_looks(count: int) -> Features:
    """(count, 512) float32: a longer table begins with the shorter one."""
    return _normal((count, FEATURE_DIM), 0)


def _variants(looks: Features, rng: np.random.Generator) -> Features:
    drawn = looks + _normal((1, FEATURE_DIM), 1)
    drawn += 0.6 * rng.standard_normal(drawn.shape, np.float32)
    varied: Features = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return varied


def drawn_products(rows: int) -> list[Product]:
    """Products of all categories and `BRANDS` brands, priced 1 to 100 euros."""
    prices = np.random.default_rng(2).integers(100, 10_000, rows).tolist()
    return [
        Product(
            id=f"p{i:08d}",
            title="",
            brand=f"brand {i * 7 % BRANDS}",
            category=CATEGORIES[i % len(CATEGORIES)],
            price_minor=price,
            currency="EUR",
            item_url="",
        )
        for i, price in enumerate(prices)
    ]


def brute_force_ids(rows: npt.NDArray[np.float16], query: Features) -> list[str]:
    """The ids of the best K by a float64 product with every row, ties by id."""
    query64 = query.astype(np.float64)
    blocks = (rows[i : i + _BLOCK].astype(np.float64) for i in range(0, len(rows), _BLOCK))
    scores = np.concatenate([block @ query64 for block in blocks])
    best = np.lexsort((np.arange(len(rows)), -scores))[:K]
    return [f"p{i:08d}" for i in best.tolist()]


def flat_index(wide: Features) -> Any:
    """A FAISS IndexFlatIP of the rows with torch's number of threads, None without FAISS."""
    try:
        faiss = importlib.import_module("faiss")
    except ImportError:
        return None
    faiss.omp_set_num_threads(torch.get_num_threads())
    flat = faiss.IndexFlatIP(FEATURE_DIM)
    flat.add(wide)
    return flat


def numpy_top(wide: Features, queries: Features) -> npt.NDArray[np.intp]:
    """The best K of each query by one float32 product."""
    return np.argpartition(queries @ wide.T, -K, axis=1)[:, -K:]


def measure(rows: int, repeats: int, json_lines: bool) -> None:
    """Measure every case and print its figures."""
    features, products = drawn_features(rows, seed=3), drawn_products(rows)
    start = time.perf_counter()
    index = ExactIndex.build(features, products, 1)
    build_s = time.perf_counter() - start
    Figure("build the index", build_s, "s", rows).print(json_lines)
    queries = drawn_queries()
    _print_exactness(index, features, queries, json_lines)
    wide = features.astype(np.float32)
    times = medians_ms(_calls(index, features, wide, queries), repeats)
    for case, references in _COMPARED.items():
        for reference in (r for r in references if r in times):
            Figure(case, times[case], "ms", repeats, reference, times[reference]).print(json_lines)


_COMPARED = {
    "1 query": ("IndexFlatIP, 1 query", "numpy float32, 1 query", "read the float16 rows once"),
    f"{TOGETHER} queries": (
        f"IndexFlatIP, {TOGETHER} queries",
        f"numpy float32, {TOGETHER} queries",
        "read the float16 rows once",
    ),
    "one category at half the prices": ("1 query",),
    "half of the brands": ("1 query",),
    "one brand": ("1 query",),
    "a tenth of the rows deleted": ("1 query",),
}


def _calls(
    index: ExactIndex, features: npt.NDArray[np.float16], wide: Features, queries: Features
) -> dict[str, Callable[[], object]]:
    under = ProductFilter(frozenset({CATEGORIES[5]}), max_price=Decimal("50.5"))
    brands = ProductFilter(brands=frozenset(f"brand {i}" for i in range(BRANDS // 2)))
    brand = ProductFilter(brands=frozenset({"brand 7"}))
    deleted = np.random.default_rng(5).random(len(index)) < 0.1
    words = torch.from_numpy(features).view(torch.int64)
    calls: dict[str, Callable[[], object]] = {
        "read the float16 rows once": words.sum,
        "1 query": lambda: _ask(index, queries[:1]),
        f"{TOGETHER} queries": lambda: _ask(index, queries),
        "one category at half the prices": lambda: _ask(index, queries[:1], under),
        "half of the brands": lambda: _ask(index, queries[:1], brands),
        "one brand": lambda: _ask(index, queries[:1], brand),
        "a tenth of the rows deleted": lambda: index.search(ShardQuery(queries[0], K), deleted),
        "numpy float32, 1 query": lambda: numpy_top(wide, queries[:1]),
        f"numpy float32, {TOGETHER} queries": lambda: numpy_top(wide, queries),
    }
    flat = flat_index(wide)
    if flat is not None:
        calls["IndexFlatIP, 1 query"] = lambda: flat.search(queries[:1], K)
        calls[f"IndexFlatIP, {TOGETHER} queries"] = lambda: flat.search(queries, K)
    return calls


def _ask(
    index: ExactIndex, queries: Features, where: ProductFilter | None = None
) -> list[ShardHits]:
    where = where or ProductFilter()
    return index.search_batch([ShardQuery(query, K, where) for query in queries])


def _print_exactness(
    index: ExactIndex, features: npt.NDArray[np.float16], queries: Features, json_lines: bool
) -> None:
    expected = [brute_force_ids(features, query) for query in queries]
    single = [_ask(index, query[None])[0] for query in queries]
    answers = single + _ask(index, queries)
    same = [
        [hit.product.id for hit in answer.hits] == ids
        for answer, ids in zip(answers, expected * 2, strict=True)
    ]
    share = sum(same) / len(same)
    Figure("answers equal to float64 brute force", share, "share", len(same), "all", 1.0).print(
        json_lines
    )


def _normal(shape: tuple[int, int], seed: int) -> Features:
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument(
        "--threads", type=int, help="of all that search; those of a service if left out"
    )
    arguments = parser.parse_args()
    if arguments.threads is not None:
        set_search_threads(arguments.threads)
    torch.set_num_threads(search_threads())
    measure(arguments.rows, arguments.repeats, arguments.json)


if __name__ == "__main__":
    main()
