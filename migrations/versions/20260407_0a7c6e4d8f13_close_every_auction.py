"""close every auction

Revision ID: 0a7c6e4d8f13
Revises: e1f5803c9b2d
Create Date: 2026-04-07 13:08:44.856130+00:00

"""

from alembic import op
import sqlalchemy as sa

revision = "0a7c6e4d8f13"
down_revision = "e1f5803c9b2d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("artworks", sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True))
    # Until now every auction ran for two weeks.
    op.execute("UPDATE artworks SET closes_at = created_at + interval '14 days'")
    op.alter_column("artworks", "closes_at", nullable=False)
    # The highest bid of an artwork is asked for whenever one closes.
    op.create_index("ix_bids_artwork_id_amount", "bids", ["artwork_id", "amount"])


def downgrade() -> None:
    op.drop_index("ix_bids_artwork_id_amount", table_name="bids")
    op.drop_column("artworks", "closes_at")
