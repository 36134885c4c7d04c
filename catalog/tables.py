"""The catalogue's tables: products, images, features by model version, and the change log."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

_BIG: Final = BigInteger().with_variant(Integer, "sqlite")
"""64 bits everywhere; SQLite counts up by itself only in a column declared INTEGER."""

metadata = MetaData(
    naming_convention={
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

products = Table(
    "products",
    metadata,
    Column("id", Text, primary_key=True),
    Column("shard_hash", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("brand", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("price_minor", _BIG, nullable=False),
    Column("currency", Text, nullable=False),
    Column("item_url", Text, nullable=False),
    Column("image_key", Text),
    Column("attributes", JSON, nullable=False),
    CheckConstraint("price_minor >= 0", name="price_not_negative"),
)
"""`shard_hash` is `lookalike.sharding.shard_hash(id)`; the rest is `lookalike.products.Product`."""

images = Table(
    "images",
    metadata,
    Column("product_id", ForeignKey("products.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("image_key", Text, nullable=False),
    CheckConstraint("position >= 1", name="after_the_main_one"),
)
"""A product's further pictures; the main one, which is searched by, is `products.image_key`."""

features = Table(
    "features",
    metadata,
    Column("product_id", ForeignKey("products.id", ondelete="CASCADE"), primary_key=True),
    Column("model_version", Text, primary_key=True),
    Column("image_key", Text, nullable=False),
    Column("vector", LargeBinary, nullable=False),
)
"""`vector` is 512 float16, little endian, L2-normalised; `image_key` the picture that it is of."""

changes = Table(
    "changes",
    metadata,
    Column("seq", _BIG, primary_key=True, autoincrement=True),
    Column("product_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    CheckConstraint("kind IN ('put', 'delete', 'features', 'model')", name="known_kind"),
    sqlite_autoincrement=True,
)
"""One row a change, written in the change's own transaction; `seq` only ever grows.

`product_id` is no foreign key: the log outlives the product that it tells the end of.
Of kind `model` it holds the model version that searches use from then on.
"""

active_model = Table(
    "active_model",
    metadata,
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("model_version", Text, nullable=False),
    Column("weights", Text, nullable=False),
    CheckConstraint("slot = 1", name="one_row"),
)
"""The model version that searches use, and its name in the weights registry; one row or none."""
