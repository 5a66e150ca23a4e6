"""Why something of the app's failed, as far as the exception tells: a word, and the values involved."""

import configparser
import errno
import linecache
import os
import re
import sys

_DRIVERS = ("psycopg", "psycopg2", "asyncpg", "pg8000", "psycopg2cffi")
_CONNECTING = ("OperationalError", "InterfaceError")
# SQLSTATE classes of a login that is refused: no way, no right, no database, no room, no server.
_AT_THE_DOOR = ("08", "28", "3D", "53", "57")
_FILES = {
    errno.EROFS: "read-only",
    errno.EACCES: "not-allowed",
    errno.EPERM: "not-allowed",
    errno.ENOENT: "no-file",
    errno.ENOSPC: "no-space",
}
_ABOUT_VARIABLES = re.compile(r"environment variable|envvar|\benv(ironment)?\b|\bConfig '", re.I)
_VARIABLE = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*\b")
_DIALECT = re.compile(r"Can't load plugin: sqlalchemy\.dialects:([\w.+-]+)")
_MOST_FIELDS = 20

_LOOKED_UP = re.compile(r"(?:getenv|environ\.get)\(\s*[\"'](\w+)[\"']")
_ABOUT_X = re.compile(r"(?:^|[\s\"'`(])-x\b|\bx[ -]?arg", re.I)

# Keys of -x that env.py looked for in vain.
_x_missed = []
_connected = []


def is_connected():
    """Called for every connection of the app's that came about: what fails later is no address."""
    _connected.append(True)


class XArguments(dict):
    """What get_x_argument(as_dictionary=True) hands out; it remembers what was not in it."""

    def __missing__(self, key):
        _x_missed.append(str(key))
        raise KeyError(key)

    def get(self, key, default=None):
        if key not in self and default is None:
            _x_missed.append(str(key))
        return dict.get(self, key, default)


def chain(error):
    """The exception, then what caused it, then what caused that."""
    seen = []
    while error is not None and error not in seen:
        seen.append(error)
        orig = getattr(error, "orig", None)
        if isinstance(orig, BaseException) and orig not in seen:
            seen.append(orig)
        if error.__cause__ is not None:
            error = error.__cause__
        else:
            error = None if error.__suppress_context__ else error.__context__
    return seen


def env_failure(error):
    """What kind of failure in env.py it is: the ini's, no driver, no connection, or its own."""
    cause, _ = cause_of(error)
    if cause == "percent":
        return "bad-config"
    links = chain(error)
    if any(isinstance(link, configparser.Error) for link in links):
        return "bad-config"
    if cause in ("no-driver", "no-dialect"):
        return "no-driver"
    return "connection" if cause == "connection" else "env-failed"


def cause_of(error):
    """The word for the cause and the values that belong to it; (None, {}) of any other."""
    links = chain(error)
    for find in (_percent, _module, _settings, _argument, _variable, _file, _connection):
        for link in links:
            found = find(link, links)
            if found:
                return found
    return None, {}


def _percent(error, links):
    """configparser's; set_main_option() raises a ValueError, which quotes the whole value."""
    quoting = isinstance(error, ValueError) and "invalid interpolation syntax" in str(error)
    if quoting or isinstance(error, configparser.InterpolationError):
        return "percent", {}
    return None


def _module(error, links):
    found = _DIALECT.search(str(error)) if type(error).__name__ == "NoSuchModuleError" else None
    if found:
        return "no-dialect", {"dialect": found.group(1), "python": sys.executable}
    if isinstance(error, ValueError) and "greenlet library is required" in str(error):
        return "no-module", {"module": "greenlet", "python": sys.executable}
    if not isinstance(error, ImportError):
        return None
    root = (error.name or "").split(".")[0]
    of_driver = root in _DRIVERS or "libpq" in str(error) or "pq wrapper" in str(error)
    if of_driver:
        return "no-driver", {"module": root or "psycopg", "python": sys.executable}
    if isinstance(error, ModuleNotFoundError):
        return "no-module", {"module": error.name, "python": sys.executable}
    return None


def _settings(error, links):
    """A ValidationError of pydantic, whichever of its versions: a line a field, and no values."""
    if type(error).__name__ != "ValidationError" or not hasattr(error, "errors"):
        return None
    if not type(error).__module__.startswith("pydantic"):
        return None
    fields = [
        {
            "name": ".".join(str(part) for part in one.get("loc") or ()),
            "problem": str(one.get("msg") or ""),
            "missing": "missing" in str(one.get("type")),
        }
        for one in error.errors()[:_MOST_FIELDS]
    ]
    title = getattr(error, "title", None) or getattr(getattr(error, "model", None), "__name__", "")
    return "bad-settings", {"model": str(title), "prefix": _prefix(error), "fields": fields}


def _prefix(error):
    """What pydantic-settings puts before each field's name, as the model says."""
    step = error.__traceback__
    while step is not None:
        for value in list(step.tb_frame.f_locals.values()):
            config = getattr(type(value), "model_config", None)
            if isinstance(config, dict) and isinstance(config.get("env_prefix"), str):
                return config["env_prefix"]
        step = step.tb_next
    return ""


def _argument(error, links):
    if isinstance(error, KeyError) and error.args and str(error.args[0]) in _x_missed:
        return "no-argument", {"name": str(error.args[0])}
    if isinstance(error, IndexError) and "get_x_argument" in "".join(_lines(error)):
        return "no-argument", {"name": None}
    if _connected or not _ABOUT_X.search(str(error)):
        return None
    words = re.findall(r"[\w-]+", str(error))
    named = [name for name in _x_missed if name in words] + [None]
    return "no-argument", {"name": named[0]}


def _variable(error, links):
    if isinstance(error, KeyError) and error.args and _is_of_environ(error):
        return "no-variable", {"name": str(error.args[0])}
    if _connected:
        return None
    text = str(error)
    told = type(error).__name__ in ("UndefinedValueError", "EnvError", "ImproperlyConfigured")
    named = _VARIABLE.findall(text) if told or _ABOUT_VARIABLES.search(text) else _looked_up(error)
    unset = {name for name in named if len(name) > 2 and name not in os.environ}
    return ("no-variable", {"name": unset.pop()}) if len(unset) == 1 else None


def _looked_up(error):
    """Names that stand in the lines that failed: what is not set is None, and an address is none."""
    return [name for line in _lines(error) for name in _LOOKED_UP.findall(line)]


def _lines(error):
    """The lines of source that an exception went through."""
    step = error.__traceback__
    while step is not None:
        yield linecache.getline(step.tb_frame.f_code.co_filename, step.tb_lineno)
        step = step.tb_next


def _is_of_environ(error):
    step = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    code = step.tb_frame.f_code if step is not None else None
    return code is not None and code is type(os.environ).__getitem__.__code__


def _file(error, links):
    """Of a path: sockets fail with the same errors, and name none."""
    if not isinstance(error, OSError) or not isinstance(error.filename, (str, bytes)):
        return None
    word = _FILES.get(error.errno)
    return (word, {"path": os.path.abspath(os.fsdecode(error.filename))}) if word else None


def _sqlstate(error):
    """asyncpg and pg8000 raise what the server said to a login as they raise any other error."""
    first = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    return str(getattr(error, "sqlstate", None) or first.get("C") or "")


def _connection(error, links):
    if _connected:
        return None
    if _sqlstate(error)[:2] in _AT_THE_DOOR:
        return "connection", {}
    name, module = type(error).__name__, type(error).__module__
    if name in _CONNECTING and not module.startswith(("sqlite3", "sqlalchemy")):
        return "connection", {}
    is_last = error is links[-1] and isinstance(error, OSError) and error.filename is None
    return ("connection", {}) if is_last else None
