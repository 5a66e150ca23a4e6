"""The line to oakum: JSON lines on what was stdout, and a lifeline on what was stdin."""

import fcntl
import json
import os
import re
import select
import sys
import threading
import time

LIFELINE_LOST = 4
TICK = 1.0

_started = time.monotonic()
_lock = threading.Lock()
_secrets = set()
_watchers = []

# env.py, models and migrations may print and may ask: they get stderr and an empty stdin.
_out = os.dup(1)
os.dup2(2, 1)
_lifeline = os.dup(0)
_null = os.open(os.devnull, os.O_RDONLY)
os.dup2(_null, 0)
os.close(_null)

_URL_PASSWORD = re.compile(r"(://[^\s:/@\"']*):[^\s\"']*@")
_DSN_PASSWORD = re.compile(r"(\bpassword\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s'\"&]+)", re.IGNORECASE)
# As CREATE ROLE has it: a text, one with escapes, one in dollars; one that was cut off has no end.
_SQL_PASSWORD = re.compile(
    r"(\bpassword\s+)(?:e\\?'(?:[^'\\]|''|\\.)*(?:'|$)|(?:u&)?\\?'(?:[^']|'')*(?:'|$)"
    r"|\$(\w*)\$.*?(?:\$\2\$|$))",
    re.IGNORECASE | re.DOTALL,
)


_NAME = re.compile(r"[a-z_]+\Z")
_SECRET_NAME = re.compile(r"pass|secret|token|key|credential|auth|dsn|salt", re.I)
# What else is in many texts.
_WORDS = ("postgres", "postgresql", "password", "secret", "default", "localhost", "alembic")


def _hide_variables():
    """Values of variables whose names say that they are secret, and passwords in addresses."""
    told = {
        name: value
        for name, value in os.environ.items()
        if _SECRET_NAME.search(name) and not name.upper().endswith(("_FILE", "_PATH", "_DIR"))
    }
    others = [value for name, value in os.environ.items() if name not in told]
    for value in told.values():
        if value not in _WORDS and not value.startswith("/"):
            hide(value, *others)
            # As Python shows a text.
            hide(repr(value)[1:-1], *others)
    for value in os.environ.values():
        for password in re.findall(r"://[^\s:/@]*:([^\s@]+)@", value):
            if password not in _WORDS:
                hide(password, *others)


def _hide_secret_files(folder="/run/secrets"):
    """What Compose and Swarm put there, where its name says that it is secret."""
    try:
        for name in os.listdir(folder):
            path = os.path.join(folder, name)
            if _SECRET_NAME.search(name) and os.path.isfile(path) and os.path.getsize(path) < 4096:
                with open(path, encoding="utf-8", errors="replace") as file:
                    value = file.read().strip()
                if value not in _WORDS and "\n" not in value:
                    hide(value)
    except OSError:
        pass


def hide(secret, *beside):
    """Keeps a password out of every later text, unless that is also a name or too short to tell."""
    if secret and len(secret) > 5 and secret not in beside:
        _secrets.add(secret)


def scrub(text, statement=False):
    """The text without passwords: of addresses, of statements, and those hide() was told of.

    In a statement a word of letters alone stays: it is rather the name of a table than a password,
    and what the statement does is read from it.
    """
    text = _SQL_PASSWORD.sub(r"\1'***'", text)
    text = _DSN_PASSWORD.sub(r"\1***", _URL_PASSWORD.sub(r"\1:***@", text))
    # The longest first: a shorter one may be a part of it.
    for secret in sorted(_secrets, key=len, reverse=True):
        if not (statement and _NAME.match(secret)):
            text = text.replace(secret, "***")
    return text


def text_of(value):
    """A value that a driver handed out, with bytes read as text.

    psycopg 3 gives text of a SQL_ASCII database as bytes: nobody said what letters they are.
    """
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


_hide_variables()
_hide_secret_files()


def lifeline():
    """The file descriptor that requests come by, and whose end ends everything."""
    return _lifeline


def restart_clock():
    """A program begins now."""
    global _started
    _started = time.monotonic()


def clock(moment=None):
    """Seconds since the program began, of a time.monotonic(); of now without one."""
    return round((time.monotonic() if moment is None else moment) - _started, 4)


def emit(event, **fields):
    """Writes one JSON line; when oakum is no longer there to read it, the program ends."""
    line = dict(fields, event=event, at=clock())
    data = (json.dumps(line, default=str) + "\n").encode("ascii")
    with _lock:
        try:
            while data:
                data = data[os.write(_out, data) :]
        except OSError:
            os._exit(LIFELINE_LOST)


def every_tick(watcher):
    """Has a function called about once a second, from another thread."""
    _watchers.append(watcher)


def hold_lifeline():
    """Ends the process as soon as oakum lets go of its stdin.

    A process that was started by exec outlives the client that asked for it. This one must not:
    an open transaction is rolled back by the server when its client is gone.
    """

    def watch():
        while True:
            try:
                readable, _, _ = select.select([_lifeline], [], [], TICK)
                if readable and not os.read(_lifeline, 4096):
                    os._exit(LIFELINE_LOST)
            except OSError:
                os._exit(LIFELINE_LOST)
            for watcher in _watchers:
                watcher()

    _end_by_signal()
    threading.Thread(target=watch, name="oakum-lifeline", daemon=True).start()


def _end_by_signal():
    """Has the kernel do it as well: a thread cannot run while C code holds the interpreter.

    SIGIO, which nobody handles, ends the process; it comes when the other end of the pipe closes.
    """
    try:
        fcntl.fcntl(_lifeline, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(_lifeline, fcntl.F_SETFL, fcntl.fcntl(_lifeline, fcntl.F_GETFL) | os.O_ASYNC)
    except OSError:
        pass


def leave(code):
    """Ends the process at once: no handler of the app's may run after it."""
    sys.stderr.flush()
    os._exit(code)
