"""number them

Revision ID: bank002
Revises: bank001
Create Date: 2026-01-06 08:00:00

"""

import sqlalchemy as sa
from alembic import op

revision = "bank002"
down_revision = "bank001"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("accounts", sa.Column("iban", sa.String(34)))


def downgrade():
    op.drop_column("accounts", "iban")
