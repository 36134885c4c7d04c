"""Further pictures of a product, the model version that searches use, and its changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NAME = "ck_changes_known_kind"
_KINDS = "kind IN ('put', 'delete', 'features')"
_KINDS_WITH_MODEL = "kind IN ('put', 'delete', 'features', 'model')"


def upgrade() -> None:
    """Create the two tables, and let the change log tell of a switch."""
    op.create_table(
        "images",
        sa.Column("product_id", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("image_key", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("product_id", "position", name="pk_images"),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name="fk_images_product_id", ondelete="CASCADE"
        ),
        sa.CheckConstraint("position >= 1", name=op.f("ck_images_after_the_main_one")),
    )
    op.create_table(
        "active_model",
        sa.Column("slot", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("model_version", sa.Text, nullable=False),
        sa.Column("weights", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("slot", name="pk_active_model"),
        sa.CheckConstraint("slot = 1", name=op.f("ck_active_model_one_row")),
    )
    _allow_kinds(_KINDS_WITH_MODEL)


def downgrade() -> None:
    """Drop the two tables; the log forgets the switches, whose numbers are not used again."""
    op.execute("DELETE FROM changes WHERE kind = 'model'")
    _allow_kinds(_KINDS)
    op.drop_table("active_model")
    op.drop_table("images")


def _allow_kinds(condition: str) -> None:
    # SQLite can't change a constraint: there the table is copied, and must keep its counter.
    with op.batch_alter_table("changes", table_kwargs={"sqlite_autoincrement": True}) as changes:
        changes.drop_constraint(op.f(_NAME), type_="check")
        changes.create_check_constraint(op.f(_NAME), condition)
