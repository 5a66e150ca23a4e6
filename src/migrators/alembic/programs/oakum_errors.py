"""Exceptions in words: what kind, what the server said, and the line of the project that did it."""

import configparser
import linecache
import os
import sys
import sysconfig
import traceback

from oakum_causes import cause_of, chain
from oakum_wire import emit, hold_lifeline, leave, scrub

FAILED = 3
MESSAGE_LIMIT = 2000
SQL_LIMIT = 4000

_NOTHING = dict.fromkeys(
    "class cause sqlstate detail hint sql traceback file line function source".split(), None
)
# Kinds of failures of a revision's own: its line says more than that of what it calls.
_OF_REVISIONS = ("migration", "commit-failed")


class Refusal(Exception):
    """Something that oakum asks for and that is not so; its kind says what."""

    def __init__(self, kind, message, **data):
        Exception.__init__(self, message)
        self.kind = kind
        self.data = data


def run(work, arguments):
    """Does the work and ends the program: its result is the last line, or else its error.

    The process ends without the interpreter's own way out: threads and exit handlers that the app
    brought along would keep it, or would change what was just reported.
    """
    hold_lifeline()
    try:
        result = work(arguments)
    except BaseException as error:
        fail(error)
    emit("result", **result)
    leave(0)


def fail(error, kind="failed", folder=None):
    """Reports the exception as the last line and ends the program."""
    emit("failed", error=describe(error, kind, folder))
    leave(FAILED)


def describe(error, kind, folder=None):
    """The exception as JSON values; its line is looked for in folder first, the scripts' own."""
    if isinstance(error, Refusal):
        return _describe_refusal(error, folder)
    said = _server_error(error)
    cause, data = cause_of(error)
    described = {
        "kind": kind,
        "class": type(error).__name__,
        "cause": cause,
        "message": _whole(said.get("message") or _message(error)),
        "sqlstate": said.get("sqlstate"),
        "detail": _text(said.get("detail")),
        "hint": _text(said.get("hint")),
        "sql": _failed_sql(error),
        "data": _scrubbed(data),
        "traceback": _traceback(error),
    }
    described.update(_place(error, folder, kind))
    return described


def _scrubbed(value):
    """The values of a cause, which stand in exceptions of others."""
    if isinstance(value, dict):
        return {name: _scrubbed(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_scrubbed(one) for one in value]
    return _text(value) if isinstance(value, str) else value


def _describe_refusal(refusal, folder):
    """Its own words, and the place of what led to it, if anything did."""
    described = _NOTHING.copy()
    if refusal.__cause__ is not None:
        described.update(describe(refusal.__cause__, refusal.kind, folder))
    data = dict(described.get("data") or {}, **refusal.data)
    described.update(kind=refusal.kind, message=_whole(str(refusal)), data=data)
    return described


def _server_error(error):
    """Message, SQLSTATE, detail and hint; each driver keeps them elsewhere."""
    found = {}
    for link in chain(error):
        for source in (link, getattr(link, "diag", None)):
            _keep(found, "sqlstate", source, "sqlstate", "pgcode")
            _keep(found, "message", source, "message_primary")
            _keep(found, "detail", source, "message_detail", "detail")
            _keep(found, "hint", source, "message_hint", "hint")
        if type(link).__module__.startswith("asyncpg."):
            _keep(found, "message", link, "message")
        if type(link).__module__.startswith("pg8000.") and link.args:
            fields = link.args[0] if isinstance(link.args[0], dict) else {}
            for name, letter in (
                ("sqlstate", "C"),
                ("message", "M"),
                ("detail", "D"),
                ("hint", "H"),
            ):
                if fields.get(letter):
                    found.setdefault(name, fields[letter])
    return found


def _keep(found, name, source, *attributes):
    for attribute in attributes:
        value = getattr(source, attribute, None)
        if isinstance(value, str) and value:
            found.setdefault(name, value)


def _message(error):
    """The exception's own words, where these cannot hold a secret."""
    if isinstance(error, configparser.InterpolationError):
        # Its words quote the value from the % on, which is where an address has its password.
        return "[%s] %s: a %% in a value must be written %%%%" % (error.section, error.option)
    if isinstance(error, ValueError) and "invalid interpolation syntax" in str(error):
        return "invalid interpolation syntax: a % in a value must be written %%"
    if type(error).__name__ == "ValidationError" and hasattr(error, "errors"):
        return _settings_message(error)
    # Of a wrapped driver error the driver's words: SQLAlchemy's repeat the parameters.
    orig = getattr(error, "orig", None)
    return str(orig if isinstance(orig, BaseException) else error) or type(error).__name__


def _settings_message(error):
    """A line a field, without what pydantic quotes of its input: that may be the whole environment."""
    try:
        found = [(one.get("loc") or (), one.get("msg")) for one in error.errors()]
    except Exception:
        return str(error).strip().splitlines()[0]
    lines = ["%s: %s" % (".".join(str(part) for part in loc) or "?", text) for loc, text in found]
    return "; ".join(lines) or type(error).__name__


def _whole(text):
    """All of what an exception says, on one line."""
    return scrub(" ".join(text[: 4 * MESSAGE_LIMIT].split()))[:MESSAGE_LIMIT]


def _first_line(text):
    lines = text.strip().splitlines() or [""]
    return scrub(lines[0])[:MESSAGE_LIMIT]


def _text(value):
    return scrub(value)[:MESSAGE_LIMIT] if isinstance(value, str) else None


def _failed_sql(error):
    for link in chain(error):
        statement = getattr(link, "statement", None)
        if isinstance(statement, str):
            return scrub(statement, statement=True)[:SQL_LIMIT]
    return None


def _frames(error):
    """The frames of the exception, then of its causes: the last is where it began."""
    frames = []
    for link in chain(error):
        frames += traceback.extract_tb(link.__traceback__)
    return frames


def _place(error, folder, kind):
    """The last line that is the project's own: a revision's where it is that which failed."""
    for link in chain(error):
        if isinstance(link, SyntaxError) and os.path.isabs(link.filename or ""):
            return _line(link.filename, link.lineno, None, link.text)
    frames = [frame for frame in _frames(error) if os.path.isabs(frame.filename)]
    own = [frame for frame in frames if folder and inside(frame.filename, folder)]
    app = [frame for frame in frames if frame in own or not is_library(frame.filename)]
    for frame in (kind in _OF_REVISIONS and own or app)[-1:]:
        return _line(frame.filename, frame.lineno, frame.name, frame.line)
    return _line(None, None, None, None)


def _line(file, number, function, text):
    if file and not text and number:
        text = linecache.getline(file, number)
    return {
        "file": file,
        "line": number,
        "function": function,
        "source": _text((text or "").strip()),
    }


def inside(file, folder):
    """Whether a file lies below a folder, wherever links lead."""
    return os.path.realpath(file).startswith(os.path.join(os.path.realpath(folder), ""))


def is_library(file):
    """Whether a file came with Python or was installed, and is not the app's own."""
    paths = sysconfig.get_paths()
    roots = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")] + [
        sys.prefix + "/lib"
    ]
    return (
        "site-packages" in file or "dist-packages" in file or any(inside(file, r) for r in roots)
    )


def _traceback(error):
    """Frames and one line an exception: str() of a database error would show its parameters."""
    parts = []
    for link in reversed([link for link in chain(error) if link.__traceback__ is not None]):
        frames = traceback.extract_tb(link.__traceback__)
        parts += traceback.format_list([f for f in frames if not f.filename.startswith("<frozen")])
        parts.append("%s: %s\n" % (type(link).__name__, _first_line(_message(link))))
    return scrub("".join(parts))
