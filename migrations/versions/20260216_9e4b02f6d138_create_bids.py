"""create bids

Revision ID: 9e4b02f6d138
Revises: 5c1d7e90a2b4
Create Date: 2026-02-16 14:03:07.918204+00:00

"""

from alembic import op
import sqlalchemy as sa

revision = "9e4b02f6d138"
down_revision = "5c1d7e90a2b4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bids",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("artwork_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column(
            "placed_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["artwork_id"], ["artworks.id"], name=op.f("fk_bids_artwork_id_artworks")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_bids_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bids")),
    )
    op.create_index(op.f("ix_bids_user_id"), "bids", ["user_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_bids_user_id"), table_name="bids")
    op.drop_table("bids")
