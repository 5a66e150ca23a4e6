"""move addresses out of users

Revision ID: 4f1c09ab27de
Revises: 0a7c6e4d8f13
Create Date: 2026-05-11 15:31:26.249088+00:00

"""

from alembic import op
import sqlalchemy as sa

revision = "4f1c09ab27de"
down_revision = "0a7c6e4d8f13"
branch_labels = None
depends_on = None

ADDRESS = (
    ("street", sa.String(length=200)),
    ("city", sa.String(length=100)),
    ("postcode", sa.String(length=20)),
    ("country", sa.String(length=2)),
)


def upgrade() -> None:
    op.create_table(
        "addresses",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        *(sa.Column(name, type_, nullable=True) for name, type_ in ADDRESS),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_addresses_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_addresses")),
    )
    op.execute(
        """
        INSERT INTO addresses (user_id, street, city, postcode, country)
        SELECT id, street, city, postcode, country FROM users
        WHERE num_nonnulls(street, city, postcode, country) > 0
        """
    )
    for name, _ in ADDRESS:
        op.drop_column("users", name)


def downgrade() -> None:
    for name, type_ in ADDRESS:
        op.add_column("users", sa.Column(name, type_, nullable=True))
    op.execute(
        """
        UPDATE users
        SET street = a.street, city = a.city, postcode = a.postcode, country = a.country
        FROM addresses a WHERE a.user_id = users.id
        """
    )
    op.drop_table("addresses")
