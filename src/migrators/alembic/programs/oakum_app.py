"""The app's main process in this container: who it is, and the environment that it really has.

Entrypoints export variables that the container's configuration does not show. Values may be
secrets: they are used here, or handed to oakum where it asks for them, and never written elsewhere.
"""

import os
import re
import sys

_PYTHON = re.compile(r"python|gunicorn|uvicorn|uwsgi|celery|hypercorn|granian|daphne|flask")
# What belongs to one process, not to the app.
_OWN = re.compile(
    r"_|PWD|OLDPWD|SHLVL|TERM|HOSTNAME|HOME|LISTEN_\w+|NOTIFY_SOCKET|INVOCATION_ID|JOURNAL_STREAM"
    r"|WERKZEUG_\w+|SUPERVISOR_\w+|GUNICORN_FD|S6_\w+|PYTHON(UNBUFFERED|DONTWRITEBYTECODE|INSPECT"
    r"|STARTUP|BREAKPOINT)"
)


def app_process():
    """The oldest Python process that the container itself started, else its first process."""
    processes = [one for one in map(_process, _pids()) if one and _belongs_here(one)]
    pythons = [one for one in processes if _PYTHON.search(one["name"])]
    return (pythons or processes or [None])[0]


def _pids():
    return sorted(int(name) for name in os.listdir("/proc") if name.isdigit())


def _process(pid):
    try:
        with open("/proc/%d/status" % pid) as file:
            status = dict(
                line.split(":\t", 1) for line in file.read().splitlines() if ":\t" in line
            )
        with open("/proc/%d/cmdline" % pid, "rb") as file:
            argv = os.fsdecode(file.read()).split("\0")
        return {
            "pid": pid,
            "parent": int(status["PPid"]),
            "uid": int(status["Uid"].split()[0]),
            "gid": int(status["Gid"].split()[0]),
            "name": " ".join(os.path.basename(word) for word in argv[:2]).strip(),
            "working_dir": _link(pid, "cwd"),
        }
    except (OSError, KeyError, ValueError):
        return None


def _link(pid, name):
    try:
        return os.readlink("/proc/%s/%s" % (pid, name))
    except OSError:
        return None


def _belongs_here(process):
    """Neither an exec, whose first process has no parent in here, nor another container's."""
    mine, other = _link("self", "ns/mnt"), _link(process["pid"], "ns/mnt")
    if other is not None and mine != other:
        return False
    pid, parents = process["pid"], 0
    while pid > 1 and parents < 64:
        above = _process(pid)
        if above is None or above["parent"] == 0:
            return False
        pid, parents = above["parent"], parents + 1
    return True


def environment_of(pid):
    """What the process has beyond this one: name to value."""
    with open("/proc/%d/environ" % pid, "rb") as file:
        pairs = [pair.split("=", 1) for pair in os.fsdecode(file.read()).split("\0") if "=" in pair]
    return {
        name: value
        for name, value in pairs
        if os.environ.get(name) != value and not _OWN.fullmatch(name)
    }


def adopt_environment():
    """Makes the app's environment this process's own; returns the names that changed."""
    process = app_process()
    if process is None:
        return {"pid": None, "names": [], "error": "no process of the app was found"}
    try:
        environment = environment_of(process["pid"])
    except OSError as error:
        return {"pid": process["pid"], "names": [], "error": str(error)}
    os.environ.update(environment)
    for path in reversed(environment.get("PYTHONPATH", "").split(os.pathsep)):
        if path and path not in sys.path:
            sys.path.insert(1, path)
    return {"pid": process["pid"], "names": sorted(environment), "error": None}
