"""Runs programs one after the other, each in a process of its own that has Alembic from the start.

Arguments: those of oakum_project and oakum_locate, as every program gets them. Each request names
a module and its arguments. After a program that went well comes `ready`; after any other this ends,
with the code that the program ended with.
"""

import os
import sys

from __main__ import take_request
from oakum_locate import place
from oakum_project import import_alembic
from oakum_wire import emit, leave, lifeline, restart_clock


def main(arguments):
    _import_early(arguments)
    while True:
        request = take_request(lifeline())
        child = _fork()
        if child == 0:
            restart_clock()
            sys.modules[request["program"]].main(request["arguments"])
        _, status = os.waitpid(child, 0)
        if status != 0:
            leave(128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))
        emit("ready")


def _import_early(arguments):
    """Libraries alone: what is the project's own may change until it is asked for."""
    path, folder = list(sys.path), os.getcwd()
    try:
        working_dir = place(arguments)[0].get("working_dir")
        if working_dir:
            os.chdir(working_dir)
        import_alembic()
        import sqlalchemy.orm
    except Exception:
        pass  # The program that needs it says so.
    os.chdir(folder)
    sys.path[:] = path


def _fork():
    """Zero in the process that is to do the work; that is this one where no copy of it would do."""
    try:
        # A lock that another thread holds would stay locked in the copy.
        return os.fork() if len(os.listdir("/proc/self/task")) == 1 else 0
    except OSError:
        return 0
