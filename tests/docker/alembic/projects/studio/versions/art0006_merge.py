"""merge

Revision ID: art0006
Revises: art0004, art0005
Create Date: 2026-01-01 08:00:00

"""

import sqlalchemy as sa
from alembic import op

revision = "art0006"
down_revision = ("art0004", "art0005")
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    pass
