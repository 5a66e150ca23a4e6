"""What a step does on the server, as events: statements, commits, rollbacks."""

import sys
import threading
import time

from oakum_wire import emit, every_tick, scrub

_HEAD = 200
_LONG = 1.0


class Trace:
    """Watches the app's engines. Repeats of a statement are told as one, so that a data migration
    of a million rows does not write a million lines."""

    def __init__(self):
        self._lock = threading.Lock()
        self._running = {}
        self._last = None
        self._moved_on = None
        self.committed = False

    def listen(self):
        from sqlalchemy import event
        from sqlalchemy.engine import Engine

        event.listen(Engine, "before_cursor_execute", harmless(self._before))
        event.listen(Engine, "after_cursor_execute", harmless(self._after))
        event.listen(Engine, "handle_error", harmless(self._error))
        event.listen(Engine, "commit", harmless(self._commit))
        event.listen(Engine, "rollback", harmless(self._rollback))
        every_tick(self._tick)

    def version_moved(self, connection):
        """The version table was written on this connection: only its commit makes the step real."""
        self._moved_on = connection
        self.committed = is_autocommit(connection)

    def flush(self):
        """Tells the statement that was held back for counting its repeats."""
        with self._lock:
            last, self._last = self._last, None
        if last:
            last["ms"] = round(last["ms"], 1)
            emit("statement", **last)

    def _before(self, connection, cursor, statement, parameters, context, many):
        with self._lock:
            self._running[id(cursor)] = (time.monotonic(), _head(statement))

    def _after(self, connection, cursor, statement, parameters, context, many):
        with self._lock:
            started = self._running.pop(id(cursor), (time.monotonic(), ""))[0]
        rows = max(0, getattr(cursor, "rowcount", -1))
        self._tell(
            _head(statement), (time.monotonic() - started) * 1000, rows, is_autocommit(connection)
        )

    def _error(self, context):
        cursor = getattr(context.execution_context, "cursor", None)
        with self._lock:
            self._running.pop(id(cursor), None)

    def _tell(self, sql, ms, rows, autocommit):
        with self._lock:
            last = self._last
            if last and last["sql"] == sql and last["autocommit"] == autocommit:
                last["count"] += 1
                last["ms"] += ms
                last["rows"] += rows
                return
        self.flush()
        with self._lock:
            self._last = {"sql": sql, "ms": ms, "rows": rows, "count": 1, "autocommit": autocommit}

    def _commit(self, connection):
        self._ends("commit", connection)

    def _rollback(self, connection):
        self._ends("rollback", connection)

    def _ends(self, kind, connection):
        if self._moved_on is not None and _same(connection, self._moved_on):
            self.committed = kind == "commit" or self.committed
        self.flush()
        emit(kind)

    def _tick(self):
        """Says what the server is busy with, since a statement is told only when it is done."""
        now = time.monotonic()
        with self._lock:
            long = [entry for entry in self._running.values() if now - entry[0] > _LONG]
        for started, sql in long:
            emit("running", sql=sql, ms=round((now - started) * 1000, 1))


def harmless(listener):
    """A listener that fails must not fail the migration that it listens to."""

    def listen(*arguments):
        try:
            listener(*arguments)
        except Exception as error:
            sys.stderr.write("oakum lost sight of a statement: %r\n" % error)

    return listen


def is_autocommit(connection):
    """Whether each statement on the connection is its own transaction, asked of the driver."""
    try:
        return bool(getattr(connection.connection.dbapi_connection, "autocommit", False))
    except Exception:
        return False


def _same(one, other):
    try:
        return one.connection.dbapi_connection is other.connection.dbapi_connection
    except Exception:
        return one is other


def _head(statement):
    return scrub(" ".join(statement[: _HEAD * 4].split()))[:_HEAD]
