"""A store, a folder of pictures, and what imports into them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from catalog.images import ImageFolder
from catalog.importers.importing import ImportCounts, ImportPlan, RowProblem, import_rows
from catalog.importers.pictures import PictureSource
from catalog.importers.rows import RawRow
from catalog.store import CatalogStore, open_store

EUR = ImportPlan("EUR", threads=2)


@dataclass
class Importer:
    """Imports rows and keeps what was wrong with them."""

    store: CatalogStore
    images: ImageFolder
    root: Path
    problems: list[RowProblem] = field(default_factory=list)

    def bring(self, *rows: dict[str, object], expected: bool = False) -> ImportCounts:
        """Import rows numbered from 1, with pictures looked up under `root`."""
        raw = [RawRow(n, row, done=n) for n, row in enumerate(rows, 1)]
        pictures = PictureSource(self.images, self.root, expected=expected)
        self.problems.clear()
        return import_rows(self.store, raw, pictures, EUR, self.problems.append)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CatalogStore]:
    """An empty store."""
    with open_store(f"sqlite:///{tmp_path / 'data' / 'catalog.sqlite'}") as opened:
        yield opened


@pytest.fixture
def importer(store: CatalogStore, tmp_path: Path) -> Importer:
    """Imports into the store."""
    root = tmp_path / "shop"
    root.mkdir()
    return Importer(store, ImageFolder(tmp_path / "data" / "images"), root)
