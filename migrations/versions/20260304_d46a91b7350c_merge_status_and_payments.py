"""merge status and payments

Revision ID: d46a91b7350c
Revises: 27ab4cd8e951, b80f3e12c6a7
Create Date: 2026-03-04 08:55:30.061277+00:00

"""

revision = "d46a91b7350c"
down_revision = ("27ab4cd8e951", "b80f3e12c6a7")
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
