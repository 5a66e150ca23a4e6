"""hang them

Revision ID: art0005
Revises: art0003
Create Date: 2026-01-09 08:00:00

"""

import sqlalchemy as sa
from alembic import op

revision = "art0005"
down_revision = "art0003"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("paintings", sa.Column("hung", sa.Boolean))


def downgrade():
    op.drop_column("paintings", "hung")
