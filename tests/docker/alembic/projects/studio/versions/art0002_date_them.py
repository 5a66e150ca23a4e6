"""date them

Revision ID: art0002
Revises: art0001
Create Date: 2026-01-06 08:00:00

"""

import sqlalchemy as sa
from alembic import op

revision = "art0002"
down_revision = "art0001"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("paintings", sa.Column("year", sa.Integer))


def downgrade():
    op.drop_column("paintings", "year")
