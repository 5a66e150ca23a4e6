"""paint

Revision ID: art0001
Revises: 
Create Date: 2026-01-05 08:00:00

"""

import sqlalchemy as sa
from alembic import op

revision = "art0001"
down_revision = None
branch_labels = ("art",)
depends_on = None


def upgrade():
    op.create_table(
        "paintings",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("title", sa.String(200), nullable=False),
    )


def downgrade():
    op.drop_table("paintings")
