"""sell them

Revision ID: art0003
Revises: art0002
Create Date: 2026-01-07 08:00:00

"""

import sqlalchemy as sa
from alembic import op

revision = "art0003"
down_revision = "art0002"
branch_labels = None
depends_on = "bank"


def upgrade():
    op.create_table(
        "sales",
        sa.Column("painting_id", sa.Integer, sa.ForeignKey("paintings.id"), primary_key=True),
        sa.Column("account_id", sa.Integer, sa.ForeignKey("accounts.id"), nullable=False),
    )


def downgrade():
    op.drop_table("sales")
