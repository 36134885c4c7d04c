"""Exact cosine top-K over one shard's rows.

exact.py          ExactIndex: build, search, search_batch
live.py           LiveIndex: several of these, searched as one while products come and go
columns.py        the products, column by column
rows.py           rows in (category, currency, price) order, and which of them a filter selects
matrix.py         the port to the rows themselves: hold them, scan them for candidates
choice.py         which of its two implementations to take
plane_matrix.py   compiled scans over half of the bytes, with a proven bound
  byte_planes.py, kernels.py, tile_products.py, compiled.py
plain_matrix.py   torch, on a GPU or where nothing can be compiled
rescore.py        exact scores of the few candidates that a scan leaves
"""

from catalog.index.exact import ExactIndex
from catalog.index.live import LiveIndex

__all__ = ["ExactIndex", "LiveIndex"]
