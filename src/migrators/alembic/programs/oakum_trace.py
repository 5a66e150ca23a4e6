"""What a step does on the server, as events: statements, commits, rollbacks."""

import sys
import threading
import time

from oakum_frames import Frames
from oakum_locks import Locks, shape
from oakum_wire import clock, emit, every_tick, scrub

_ROWS = 200
_SCHEMA = 2000
_LONG = 1.0


class Trace:
    """Watches the app's engines. Repeats of a statement, whatever its values, are told as one, so that
    a data migration of a million rows does not write a million lines. With `measure` it also tells the locks that
    each took, and where a migration is that has no statement running."""

    def __init__(self, project, measure=False):
        self._frames = Frames(project)
        self._locks = Locks() if measure else None
        self._lock = threading.Lock()
        self._telling = threading.Lock()
        self._running = {}
        self._last = None
        self._moved_on = None
        self._unseen = False
        self.committed = False

    def listen(self):
        from sqlalchemy import event
        from sqlalchemy.engine import Engine

        event.listen(Engine, "before_cursor_execute", harmless(self._before))
        event.listen(Engine, "after_cursor_execute", harmless(self._after))
        event.listen(Engine, "handle_error", harmless(self._error))
        event.listen(Engine, "commit", harmless(self._commit))
        event.listen(Engine, "rollback", harmless(self._rollback))
        every_tick(harmless(self._tick))

    def version_moved(self, connection):
        """The version table was written on this connection: only its commit makes the step real."""
        self._moved_on = connection
        self.committed = is_autocommit(connection)

    def flush(self):
        """Tells the statement that was held back for counting its repeats."""
        # What comes after it must be told after it, whichever thread tells it.
        with self._telling:
            with self._lock:
                last, self._last = self._last, None
            if last:
                last["ms"] = round(last["ms"], 1)
                emit("statement", **last)

    def _before(self, connection, cursor, statement, parameters, context, many):
        running = self._describe(connection, statement)
        with self._lock:
            self._running[id(cursor)] = (time.monotonic(), running)
        if running["autocommit"] and self._is_news():
            emit("running", ms=0, **running)

    def _after(self, connection, cursor, statement, parameters, context, many):
        now = time.monotonic()
        with self._lock:
            started, running = self._running.pop(id(cursor), (now, None))
        told = running or self._describe(connection, statement)
        told.update(pid=_pid(connection), began=clock(started), ms=(now - started) * 1000)
        told["rows"] = max(0, getattr(cursor, "rowcount", -1))
        told["locks"] = self._taken(connection, told["sql"])
        self._tell(told)
        if told["locks"] is None:
            self._is_news()

    def _describe(self, connection, statement):
        file, line = self._frames.here()
        autocommit = is_autocommit(connection)
        return {"sql": _head(statement), "autocommit": autocommit, "file": file, "line": line}

    def _is_news(self):
        """Whether oakum must hear at once of statements that leave their locks behind as they end:
        those can only be seen from another session, and while they run."""
        news, self._unseen = self._locks is not None and not self._unseen, True
        if news:
            self.flush()
        return news

    def _error(self, context):
        cursor = getattr(context.execution_context, "cursor", None)
        with self._lock:
            self._running.pop(id(cursor), None)

    def _taken(self, connection, sql):
        if self._locks is None:
            return None
        try:
            return self._locks.taken(connection, sql)
        except Exception as error:
            sys.stderr.write("oakum could not ask for locks: %r\n" % error)
            return None

    def _tell(self, told):
        with self._lock:
            last = self._last
            if last and _is_repeat(last, told):
                last["count"] += 1
                last["ms"] += told["ms"]
                last["rows"] += told["rows"]
                last["locks"] = _joined(last["locks"], told["locks"])
                return
        self.flush()
        with self._lock:
            self._last = dict(told, count=1)

    def _commit(self, connection):
        self._ends("commit", connection)

    def _rollback(self, connection):
        self._ends("rollback", connection)

    def _ends(self, kind, connection):
        if self._moved_on is not None and _same(connection, self._moved_on):
            self.committed = kind == "commit" or self.committed
        pid = _pid(connection)
        if self._locks is not None:
            self._locks.forget(pid)
        self.flush()
        emit(kind, pid=pid)

    def _tick(self):
        """Says what the server is busy with, since a statement is told only when it is done."""
        now = time.monotonic()
        with self._lock:
            running = list(self._running.values())
            last = self._last
        for started, told in running:
            if now - started > _LONG:
                if last and shape(last["sql"]) != shape(told["sql"]):
                    self.flush()
                emit("running", ms=round((now - started) * 1000, 1), **told)
        if self._locks is not None and not running:
            self._tell_place()

    def _tell_place(self):
        file, line = self._frames.of_main_thread()
        if file is not None:
            emit("working", file=file, line=line)


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


def _pid(connection):
    try:
        return connection.info.get("oakum_pid")
    except Exception:
        return None


def _is_repeat(last, told):
    alike = all(last[name] == told[name] for name in ("autocommit", "pid"))
    return alike and shape(last["sql"]) == shape(told["sql"])


def _joined(some, more):
    return None if some is None or more is None else some + more


def _same(one, other):
    try:
        return one.connection.dbapi_connection is other.connection.dbapi_connection
    except Exception:
        return one is other


def _head(statement):
    """A statement on one line, cut off with a sign that it is; less is told of one for rows."""
    # On one line a comment would swallow what comes after it.
    lines = [line for line in statement[: _SCHEMA * 4].splitlines() if line.strip()[:2] != "--"]
    text = scrub(" ".join(" ".join(lines).split()), statement=True)
    limit = _SCHEMA if text[:6].lower() in ("alter ", "create") else _ROWS
    return text if len(text) <= limit else text[: limit - 2] + " …"
