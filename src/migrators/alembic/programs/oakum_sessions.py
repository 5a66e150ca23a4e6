"""Every connection that the app's engines open: checked to be the right one, then set up.

Arguments: settings (name to value), expect (what must be so; see _check), both optional.
"""

import re

from oakum_causes import is_connected
from oakum_errors import Refusal, fail
from oakum_wire import emit, text_of

# What may be set, and the first version of the server that has it.
_NAMES = {
    "application_name": 0,
    "lock_timeout": 0,
    "statement_timeout": 0,
    "transaction_timeout": 170000,
    "idle_in_transaction_session_timeout": 0,
    "client_connection_check_interval": 140000,
}
_VALUE = re.compile(r"[A-Za-z0-9_ ./:-]*\Z")
_CUSTOM = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*\Z")

_WHERE = """
select current_database(), pg_backend_pid(), current_setting('server_version_num'),
  (extract(epoch from pg_postmaster_start_time()) * 1000000)::bigint::text,
  has_function_privilege('pg_catalog.pg_control_system()', 'execute')
"""


def prepare_sessions(arguments):
    """Listens to every engine: psycopg2, psycopg, pg8000 and asyncpg all pass by here."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    settings = _checked(arguments.get("settings") or {})
    expect = arguments.get("expect") or {}

    @event.listens_for(Engine, "do_connect")
    def remember_dialect(dialect, record, positional, keywords):
        if record is not None:
            record.info["oakum_dialect"] = dialect.name

    @event.listens_for(Engine, "connect")
    def prepare(connection, record):
        if record.info.get("oakum_dialect", "postgresql") != "postgresql":
            return
        try:
            _read_letters(connection)
            where = _where(connection, expect)
            where["pooled"] = _is_pooled(connection, where["pid"])
            _check(where, expect)
            # Behind a pooler a setting would stay on a session that goes to somebody else next.
            pooled = where["pooled"]
            read_back = {} if pooled else _apply(connection, settings, where["version"])
        except Exception as error:
            # Nothing of the app's may run on after this, not even a retry.
            fail(error, "session")
        is_connected()
        record.info["oakum_pid"] = where["pid"]
        emit("connect", settings=read_back, **where)


def only_read():
    """Makes every transaction of the app's engines read-only.

    Transaction by transaction: behind a pooler a setting of the session would outlive the session.
    """
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    @event.listens_for(Engine, "begin")
    def begin(connection):
        if connection.dialect.name == "postgresql":
            cursor = connection.connection.cursor()
            cursor.execute("set transaction read only")
            cursor.close()


def check_migrating_connection(context, expect):
    """The connection that migrates must be in the expected database; others may be elsewhere."""
    if context.dialect.name != "postgresql":
        raise Refusal("not-postgresql", "env.py leads to %s" % context.dialect.name)
    wanted = expect.get("database")
    found = text_of(context.connection.exec_driver_sql("select current_database()").scalar())
    if wanted is not None and found != wanted:
        raise Refusal(
            "wrong-database",
            "The app migrates database %s, not %s" % (found, wanted),
            expected=wanted,
            found=found,
        )


def _checked(settings):
    for name, value in settings.items():
        if name not in _NAMES or not _VALUE.match(value):
            raise Refusal("bad-arguments", "Setting %s = %s is not taken" % (name, value))
    return settings


def _query(connection, sql):
    cursor = connection.cursor()
    try:
        cursor.execute(sql)
        return [text_of(value) for value in cursor.fetchone()]
    finally:
        cursor.close()


def _read_letters(connection):
    """Has psycopg 3 give text as text, without which SQLAlchemy does not come to its feet.

    Of a SQL_ASCII database nobody said what its letters are: there it hands out bytes. The server
    converts nothing for such a one, so the setting is about this side alone.
    """
    real = getattr(connection, "driver_connection", connection)
    if getattr(getattr(real, "info", None), "encoding", None) == "ascii":
        _query(connection, "select set_config('client_encoding', 'UTF8', false)")
        connection.commit()


def _where(connection, expect):
    database, pid, version, started, may_ask = _query(connection, _WHERE)
    where = {
        "database": database,
        "pid": pid,
        "version": int(version),
        "server_started": started,
        "system_identifier": None,
        "setting": None,
    }
    if may_ask:
        sql = "select system_identifier::text from pg_catalog.pg_control_system()"
        where["system_identifier"] = _query(connection, sql)[0]
    name = (expect.get("setting") or {}).get("name")
    if name is not None:
        if not _CUSTOM.match(name):
            raise Refusal("bad-arguments", "Setting %s is not taken" % name)
        where["setting"] = (
            _query(connection, "select current_setting('%s', true)" % name)[0] or None
        )
    connection.rollback()
    return where


def _is_pooled(connection, pid):
    """Whether somebody in between shook hands: a pooler makes up the number of the process."""
    real = getattr(connection, "driver_connection", connection)
    told = getattr(getattr(real, "info", None), "backend_pid", None)
    if told is None and hasattr(real, "get_server_pid"):
        told = real.get_server_pid()
    if told is None and getattr(real, "_backend_key_data", None):
        told = int.from_bytes(real._backend_key_data[:4], "big")
    return told is not None and told != pid


def _check(where, expect):
    """expect: direct; setting {name, value or null for unset}, server_started, system_identifier."""
    if expect.get("direct") and where["pooled"]:
        raise Refusal(
            "pooled",
            "A pooler is between the app and its database: a migration needs a session of its own",
        )
    pairs = []
    if expect.get("setting"):
        # Its name is nobody else's to know.
        pairs.append(("the copy's own setting", expect["setting"]["value"], where["setting"]))
    for name in ("system_identifier", "server_started"):
        if expect.get(name) is not None and where[name] is not None:
            pairs.append((name, expect[name], where[name]))
    for name, wanted, found in pairs:
        if wanted != found:
            kind, message = _astray(name, expect, where)
            raise Refusal(
                kind,
                "%s: %s is %s, not %s" % (message, name, found, wanted),
                what=name,
                expected=wanted,
                found=found,
            )


def _astray(name, expect, where):
    """A server that is started anew keeps the identifier of its cluster; so does a copy of it."""
    elsewhere = "The app's address leads to another server"
    if name != "server_started":
        return "wrong-server", elsewhere
    if expect.get("system_identifier") is None or where["system_identifier"] is None:
        return "wrong-server", elsewhere + ", or this one was started anew meanwhile"
    return "server-restarted", (
        "The server was started anew meanwhile, or the app's address leads to a copy of it"
    )


def _apply(connection, settings, version):
    """Sets and commits, since a rollback would undo it; then reads back what the server has."""
    names = [name for name in settings if version >= _NAMES[name]]
    wanted = {
        name: _query(connection, "select set_config('%s', '%s', false)" % (name, settings[name]))[0]
        for name in names
    }
    connection.commit()
    found = {
        name: _query(connection, "select current_setting('%s')" % name)[0] for name in names
    }
    connection.rollback()
    lost = [name for name in names if found[name] != wanted[name]]
    if lost:
        raise Refusal(
            "settings-lost",
            "The server did not keep %s = %s on the app's connection: it says %s"
            % (lost[0], wanted[lost[0]], found[lost[0]]),
            wanted=wanted,
            found=found,
        )
    return found
