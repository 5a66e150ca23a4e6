/** A migration project that runs on every Alembic, SQLAlchemy and driver of the test images. */
import { dirname, join } from "node:path";

const ENV = `
import asyncio
import os

from alembic import context
from sqlalchemy import create_engine, pool

from models import metadata

url = os.environ["DATABASE_URL"]
x = context.get_x_argument(as_dictionary=True)


def migrate(connection):
    if os.environ.get("SELF_MADE"):
        connection.exec_driver_sql("create schema if not exists self_made")
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table=x.get("table", "alembic_version"),
        version_table_schema=x.get("schema"),
        include_schemas=False,
    )
    with context.begin_transaction():
        context.run_migrations()


async def migrate_async():
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(url, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
    await engine.dispose()


if "+asyncpg" in url:
    asyncio.run(migrate_async())
else:
    with create_engine(url, poolclass=pool.NullPool).connect() as connection:
        migrate(connection)
`;

const MODELS = `
from sqlalchemy import Column, Integer, MetaData, Numeric, Table, Text

metadata = MetaData()
paintings = Table(
    "paintings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("title", Text, nullable=False),
    Column("frame", Text),
    Column("price", Numeric),
)
`;

const TEMPLATE = `"""\${message}

Revision ID: \${up_revision}
Revises: \${down_revision | comma,n}
Create Date: \${create_date}

"""
from alembic import op
import sqlalchemy as sa
\${imports if imports else ""}

revision = \${repr(up_revision)}
down_revision = \${repr(down_revision)}
branch_labels = \${repr(branch_labels)}
depends_on = \${repr(depends_on)}


def upgrade():
    \${upgrades if upgrades else "pass"}


def downgrade():
    \${downgrades if downgrades else "pass"}
`;

/** What a revision's file says. */
export interface RevisionFile {
  readonly id: string;
  readonly doc: string;
  readonly down?: readonly string[];
  readonly labels?: readonly string[];
  readonly upgrade?: string;
  readonly downgrade?: string;
}

/** Paintings, then two branches side by side. */
export const BRANCHES: readonly RevisionFile[] = [
  {
    id: "aaaa1111",
    doc: "hang paintings",
    upgrade: `op.execute("create table paintings (id serial primary key, title text not null)")`,
    downgrade: `op.execute("drop table paintings")`,
  },
  {
    id: "bbbb2222",
    doc: "frame them",
    down: ["aaaa1111"],
    labels: ["frames"],
    upgrade: `op.execute("alter table paintings add frame text")`,
    downgrade: `op.execute("alter table paintings drop frame")`,
  },
  {
    id: "cccc3333",
    doc: "price them",
    down: ["aaaa1111"],
    upgrade: `op.execute("alter table paintings add price numeric")`,
  },
];

/** The branches joined. */
export const MERGED: readonly RevisionFile[] = [
  ...BRANCHES,
  { id: "dddd4444", doc: "join frames and prices", down: ["bbbb2222", "cccc3333"] },
];

/** Writes a project into a folder; `more` are further files, or others in their place. */
export async function writeProject(
  folder: string,
  revisions: readonly RevisionFile[],
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  const files: Record<string, string> = {
    "alembic.ini": "[alembic]\nscript_location = migrations\nprepend_sys_path = .\n",
    "models.py": MODELS,
    "migrations/env.py": ENV,
    "migrations/script.py.mako": TEMPLATE,
    ...Object.fromEntries(revisions.map((one) => [`migrations/versions/${one.id}.py`, text(one)])),
    ...more,
  };
  for (const [path, content] of Object.entries(files)) {
    await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
    await Deno.writeTextFile(join(folder, path), content);
  }
}

function text({ id, doc, down = [], labels = [], upgrade, downgrade }: RevisionFile): string {
  const tuple = (values: readonly string[]) =>
    values.length === 0 ? "None" : `(${values.map((one) => `"${one}",`).join(" ")})`;
  return `"""${doc}

A second paragraph about ${id}.

Create Date: 2026-03-01 10:00:00
"""
import sqlalchemy as sa
from alembic import op

revision = "${id}"
down_revision = ${tuple(down)}
branch_labels = ${tuple(labels)}
depends_on = None


def upgrade():
    ${upgrade ?? "pass"}


def downgrade():
    ${downgrade ?? "pass"}
`;
}
