"""Runs programs one after the other, each in a process of its own that has Alembic from the start.

Arguments: those of oakum_project and oakum_locate, as every program gets them; mark: a line that
ends on stderr what a program printed. Each request names a module and its arguments. `taken` comes
before a program, and `ready` after one that went well; after any other this ends, with the code
that the program ended with.
"""

import os
import sys

from __main__ import take_request
from oakum_locate import place
from oakum_project import import_modules
from oakum_wire import LIFELINE_LOST, emit, every_tick, leave, lifeline, restart_clock


def main(arguments):
    _import_early(arguments)
    server = os.getpid()
    while True:
        request = _next()
        emit("taken")
        child = _fork()
        if child == 0:
            _end_with(server)
            restart_clock()
            sys.modules[request["program"]].main(request["arguments"])
        _, status = os.waitpid(child, 0)
        if status != 0:
            leave(128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))
        os.write(2, (arguments["mark"] + "\n").encode("ascii"))
        emit("ready")


def _import_early(arguments):
    """Libraries alone: what is the project's own may change until it is asked for.

    They are looked for where a program looks for them once it is in its working folder. This one
    stays where it is: a folder that only root may enter could not be entered again.
    """
    before = list(sys.path)
    try:
        folder = os.path.realpath(place(arguments)[0].get("working_dir") or ".")
        sys.path[:] = [path for path in before if path not in ("", folder)]
        import_modules()
        import sqlalchemy.orm  # Models need it, and Alembic does not.
    except BaseException:
        pass  # The program that needs it says so.
    sys.path[:] = before


def _next():
    try:
        return take_request(lifeline())
    except SystemExit:
        leave(LIFELINE_LOST)


def _end_with(server):
    """Whoever started the server waits for its end, and takes that for the end of this one."""
    if os.getpid() != server:
        every_tick(lambda: os.getppid() == server or leave(LIFELINE_LOST))


def _fork():
    """Zero in the process that is to do the work; that is this one where no copy of it would do."""
    try:
        # A lock that another thread holds would stay locked in the copy.
        return os.fork() if len(os.listdir("/proc/self/task")) == 1 else 0
    except OSError:
        return 0
