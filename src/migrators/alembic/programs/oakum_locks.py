"""Which locks a transaction has on relations, asked of its own backend: they live until its end."""

import re

from oakum_wire import text_of

_IN_TRANSACTION = 2

# From the first mode on that is in the way of more than the schema's changes. What was dropped is no
# longer in pg_class, and locked all the same; what is not the system's has an id from 16384 on.
_LOCKS = """
select l.relation::bigint, n.nspname || '.' || c.relname, c.relkind::text, l.mode
from pg_catalog.pg_locks l
left join pg_catalog.pg_class c on c.oid = l.relation
left join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where l.pid = pg_catalog.pg_backend_pid() and l.locktype = 'relation' and l.granted
  and l.database = (
    select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
  and l.mode not in ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')
  and l.relation >= 16384 and n.nspname is distinct from 'pg_toast'
"""

_FEW = 3
_MOST_SHAPES = 2000
_VALUES = re.compile(r"'[^']*(?:'|$)|\b\d+\b")


class Locks:
    """What each backend has been seen to hold since its transaction began."""

    def __init__(self):
        self._held = {}
        self._asked = {}

    def taken(self, connection, sql):
        """The locks that are new since the last statement; None where that cannot be told.

        A statement that comes again and again is not asked for every time.
        """
        raw = connection.connection.dbapi_connection
        pid = connection.info.get("oakum_pid")
        if not in_transaction(raw):
            self.forget(pid)
            return None
        key = (pid, shape(sql))
        times = self._asked.get(key, 0)
        if times >= _FEW:
            return []
        if len(self._asked) > _MOST_SHAPES:
            return None
        self._asked[key] = times + 1
        return self._new(pid, _ask(raw, connection.dialect.driver))

    def forget(self, pid):
        """The backend's transaction is over, and its locks with it."""
        if self._held.pop(pid, None) is not None:
            self._asked = {key: n for key, n in self._asked.items() if key[0] != pid}

    def _new(self, pid, rows):
        held = self._held.setdefault(pid, set())
        new = [row for row in rows if (row[0], row[3]) not in held]
        held.update((row[0], row[3]) for row in new)
        names = ("oid", "relation", "relkind", "mode")
        return [dict(zip(names, row)) for row in new]


def shape(sql):
    """A statement without its values: those of a data migration often stand in its text."""
    return _VALUES.sub("?", sql)


def in_transaction(raw):
    """Whether a transaction is open and has not failed, as the driver knows it from the server.

    Asked otherwise, the question would begin one, or fail.
    """
    real = getattr(raw, "driver_connection", raw)
    status = getattr(getattr(real, "info", None), "transaction_status", None)
    if status is None and hasattr(real, "get_transaction_status"):
        status = real.get_transaction_status()
    if status is not None:
        return int(status) == _IN_TRANSACTION
    if hasattr(real, "is_in_transaction"):
        return bool(real.is_in_transaction())
    return getattr(real, "_transaction_status", None) == b"T"


def _ask(raw, driver):
    cursor = raw.cursor()
    try:
        # psycopg would leave a prepared statement behind, which a migration may come across.
        options = {"prepare": False} if driver in ("psycopg", "psycopg_async") else {}
        cursor.execute(_LOCKS, **options)
        return [tuple(text_of(value) for value in row) for row in cursor.fetchall()]
    finally:
        cursor.close()
