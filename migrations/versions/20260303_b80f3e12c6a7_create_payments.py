"""create payments

Revision ID: b80f3e12c6a7
Revises: 9e4b02f6d138
Create Date: 2026-03-03 16:40:52.774509+00:00

"""

from alembic import op
import sqlalchemy as sa

revision = "b80f3e12c6a7"
down_revision = "9e4b02f6d138"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("artwork_id", sa.Integer(), nullable=False),
        sa.Column("payer_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["artwork_id"], ["artworks.id"], name=op.f("fk_payments_artwork_id_artworks")
        ),
        sa.ForeignKeyConstraint(
            ["payer_id"], ["users.id"], name=op.f("fk_payments_payer_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("artwork_id", name=op.f("uq_payments_artwork_id")),
    )


def downgrade() -> None:
    op.drop_table("payments")
