"""give artworks a status

Revision ID: 27ab4cd8e951
Revises: 9e4b02f6d138
Create Date: 2026-03-02 09:14:05.120311+00:00

"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "27ab4cd8e951"
down_revision = "9e4b02f6d138"
branch_labels = None
depends_on = None

artwork_status = postgresql.ENUM(
    "draft", "listed", "sold", "withdrawn", name="artwork_status", create_type=False
)


def upgrade() -> None:
    artwork_status.create(op.get_bind())
    # Everything that is in the table by now is on sale.
    op.add_column(
        "artworks",
        sa.Column("status", artwork_status, server_default="listed", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("artworks", "status")
    artwork_status.drop(op.get_bind())
