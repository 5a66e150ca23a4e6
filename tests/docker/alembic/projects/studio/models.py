import sqlalchemy as sa

metadata = sa.MetaData()

sa.Table(
    "paintings",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("year", sa.Integer),
    sa.Column("frame", sa.Text),
    sa.Column("hung", sa.Boolean),
)
sa.Table(
    "accounts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("iban", sa.String(34)),
)
sa.Table(
    "sales",
    metadata,
    sa.Column("painting_id", sa.Integer, sa.ForeignKey("paintings.id"), primary_key=True),
    sa.Column("account_id", sa.Integer, sa.ForeignKey("accounts.id"), nullable=False),
)
