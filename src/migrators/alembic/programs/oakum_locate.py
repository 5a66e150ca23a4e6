"""Looks around in the app's container: its main process and Alembic's configurations.

Arguments: working_dirs (a list), commands (a list of argv), environment (bool): also the variables
that the app's process has and this one has not; their values may be secrets.
"""

import os

from oakum_app import app_process, environment_of
from oakum_configs import find_configs


def locate(arguments):
    process = app_process()
    found = {"process": process, "environment": None, "environment_error": None}
    if process is not None and arguments.get("environment"):
        try:
            found["environment"] = environment_of(process["pid"])
        except OSError as error:
            found["environment_error"] = str(error)
    found["configs"] = find_configs(
        working_dirs(arguments, process), arguments.get("commands") or []
    )
    return found


def working_dirs(arguments, process):
    """Where relative paths may count from: as told, then the app's own, then here."""
    dirs = list(arguments.get("working_dirs") or [])
    dirs += [process["working_dir"]] if process and process["working_dir"] else []
    dirs.append(os.getcwd())
    return [one for at, one in enumerate(dirs) if one not in dirs[:at]]
