"""open accounts

Revision ID: bank001
Revises: 
Create Date: 2026-01-05 08:00:00

"""

import sqlalchemy as sa
from alembic import op

revision = "bank001"
down_revision = None
branch_labels = ("bank",)
depends_on = None


def upgrade():
    op.create_table("accounts", sa.Column("id", sa.Integer, primary_key=True))


def downgrade():
    op.drop_table("accounts")
