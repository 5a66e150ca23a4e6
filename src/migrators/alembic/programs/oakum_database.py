"""What env.py leads to: the contexts that it configures, read without changing anything."""

from oakum_causes import XArguments
from oakum_errors import Refusal
from oakum_wire import hide, text_of

_SOCKET_OPTIONS = ("host", "port")


def run_env(project, work, **options):
    """Runs env.py as an Alembic command does; work(heads, context) stands for the command.

    Returns how many contexts env.py ran: several where it loops over tenants or databases, none
    where it never comes to run_migrations().
    """
    from alembic.runtime.environment import EnvironmentContext

    contexts = []
    given = EnvironmentContext.get_x_argument

    def remembering(self, as_dictionary=False):
        found = given(self, as_dictionary=as_dictionary)
        return XArguments(found) if isinstance(found, dict) else found

    EnvironmentContext.get_x_argument = remembering

    def counted(heads, context):
        contexts.append(context)
        return work(heads, context)

    with EnvironmentContext(project.config, project.scripts, fn=counted, **options):
        project.scripts.run_env()
    if not contexts:
        raise Refusal(
            "env-ran-nothing",
            "%s ended without context.run_migrations()" % project.scripts.env_py_location,
        )
    return len(contexts)


def read_database(project):
    """One entry for each context of env.py. dont_mutate: the version table is not created."""
    found = []

    def look(heads, context):
        if context.connection is None:
            raise Refusal("no-connection", "env.py configures the context without a connection")
        found.append(_context(heads, context))
        return []

    run_env(project, look, dont_mutate=True)
    return found


def _context(heads, context):
    return {
        "version_table": context.version_table,
        "version_table_schema": context.version_table_schema,
        "version_table_found_in": context.version_table_schema or _search_path(context),
        "has_version_table": bool(context._has_version_table()),
        "heads": sorted(heads),
        "dialect": context.dialect.name,
        "driver": context.dialect.driver,
        "is_async": bool(getattr(context.dialect, "is_async", False)),
        "address": address(context.connection.engine.url),
        "transactional_ddl": bool(context.impl.transactional_ddl),
        "transaction_per_migration": bool(context._transaction_per_migration),
        "external_transaction": bool(context._in_external_transaction),
    }


def _search_path(context):
    """The schema that the version table's bare name leads to, or that it would be made in."""
    import sqlalchemy

    if context.dialect.name != "postgresql":
        return None
    sql = """
    select coalesce((
      select n.nspname from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relname = :name and c.relkind in ('r', 'p') and pg_catalog.pg_table_is_visible(c.oid)
    ), current_schema())
    """
    found = context.connection.execute(sqlalchemy.text(sql), {"name": context.version_table})
    return text_of(found.scalar())


def address(url):
    """The parts of the engine's URL that say where it leads; never the password."""
    hide(url.password and str(url.password), url.username, url.database, url.host)
    query = {name: _first(value) for name, value in url.query.items() if name in _SOCKET_OPTIONS}
    return {
        "host": url.host,
        "port": url.port,
        "database": url.database,
        "user": url.username,
        "query_host": query.get("host"),
        "query_port": query.get("port"),
    }


def _first(value):
    return value if isinstance(value, str) else ",".join(value)
