"""Exact cosine top-K over one shard's rows.

exact.py    ExactIndex: build, search, search_batch
rows.py     the rows in (category, currency, price, id) order, and what a filter selects
scan.py     approximate scores of all selected rows, with a proven error bound
rescore.py  exact scores of the few candidates that the scan leaves
"""

from catalog.index.exact import ExactIndex

__all__ = ["ExactIndex"]
