"""Products, features by model version, and the change log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "products",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("shard_hash", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("brand", sa.Text, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("price_minor", _BIG, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("item_url", sa.Text, nullable=False),
        sa.Column("image_key", sa.Text),
        sa.Column("attributes", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_products"),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_products_price_not_negative")),
    )
    op.create_table(
        "features",
        sa.Column("product_id", sa.Text, nullable=False),
        sa.Column("model_version", sa.Text, nullable=False),
        sa.Column("image_key", sa.Text, nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("product_id", "model_version", name="pk_features"),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name="fk_features_product_id", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "changes",
        sa.Column("seq", _BIG, nullable=False, autoincrement=True),
        sa.Column("product_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_changes"),
        sa.CheckConstraint(
            "kind IN ('put', 'delete', 'features')", name=op.f("ck_changes_known_kind")
        ),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Drop the three tables."""
    op.drop_table("changes")
    op.drop_table("features")
    op.drop_table("products")
