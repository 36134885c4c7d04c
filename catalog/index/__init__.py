"""Exact cosine top-K over one shard's rows.

exact.py    ExactIndex: build, search, search_batch
live.py     LiveIndex: several of these, searched as one while products come and go
rows.py     the rows in (category, currency, price, id) order, and what a filter selects
scan.py     approximate scores of all selected rows, with a proven error bound
rescore.py  exact scores of the few candidates that the scan leaves
"""

from catalog.index.exact import ExactIndex
from catalog.index.live import LiveIndex

__all__ = ["ExactIndex", "LiveIndex"]
