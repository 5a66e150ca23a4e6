"""Works with every driver, as the templates of Alembic do; prints, as people's files do."""

import asyncio
import os
from logging.config import fileConfig

from alembic import context
from sqlalchemy import create_engine, pool
from sqlalchemy.engine import make_url

from models import metadata

fileConfig(context.config.config_file_name)
print("env.py says hello")

url = make_url(os.environ["DATABASE_URL"])
version_table = context.get_x_argument(as_dictionary=True).get("table", "alembic_version")


def migrate(connection):
    context.configure(
        connection=connection, target_metadata=metadata, version_table=version_table
    )
    with context.begin_transaction():
        context.run_migrations()


async def migrate_async():
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(url, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
    await engine.dispose()


if context.is_offline_mode():
    context.configure(url=url, target_metadata=metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
elif "asyncpg" in url.drivername:
    asyncio.run(migrate_async())
else:
    with create_engine(url, poolclass=pool.NullPool).connect() as connection:
        migrate(connection)
