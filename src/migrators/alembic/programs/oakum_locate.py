"""Looks around in the app's container for Alembic's configurations.

Arguments: working_dirs (a list), commands (a list of argv).
"""

import os

from oakum_configs import find_configs


def locate(arguments):
    dirs = working_dirs(arguments)
    return {"configs": find_configs(dirs, arguments.get("commands") or [])}


def working_dirs(arguments):
    """Where relative paths may count from: as told, then here."""
    dirs = list(arguments.get("working_dirs") or [])
    dirs.append(os.getcwd())
    return [one for at, one in enumerate(dirs) if one not in dirs[:at]]
