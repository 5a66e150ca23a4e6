"""call the bidder a bidder

Revision ID: e1f5803c9b2d
Revises: d46a91b7350c
Create Date: 2026-03-18 11:27:13.402965+00:00

"""

from alembic import op

revision = "e1f5803c9b2d"
down_revision = "d46a91b7350c"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("bids", "user_id", new_column_name="bidder_id")
    op.execute("ALTER TABLE bids RENAME CONSTRAINT fk_bids_user_id_users TO fk_bids_bidder_id_users")
    op.execute("ALTER INDEX ix_bids_user_id RENAME TO ix_bids_bidder_id")


def downgrade() -> None:
    op.execute("ALTER INDEX ix_bids_bidder_id RENAME TO ix_bids_user_id")
    op.execute("ALTER TABLE bids RENAME CONSTRAINT fk_bids_bidder_id_users TO fk_bids_user_id_users")
    op.alter_column("bids", "bidder_id", new_column_name="user_id")
