"""Looks around in the app's container for Alembic's configurations.

Arguments: locate, with working_dirs (a list) and commands (a list of argv).
"""

import os

from oakum_configs import find_configs
from oakum_errors import Refusal


def place(arguments):
    """The project's arguments with what nobody said, from the best configuration there is; and all.

    Without `locate` nothing is looked for.
    """
    if "locate" not in arguments:
        return arguments, None
    dirs = working_dirs(arguments["locate"])
    configs = find_configs(dirs, arguments["locate"].get("commands") or [])
    if not configs and not arguments.get("config"):
        raise Refusal(
            "no-config", "No alembic.ini and no pyproject.toml with [tool.alembic] was found"
        )
    best = configs[0] if configs else {"working_dir": dirs[0]}
    chosen = {
        name: arguments.get(name) or best.get(name) for name in ("config", "name", "working_dir")
    }
    return dict(arguments, python_path=arguments.get("python_path") or dirs, **chosen), configs


def working_dirs(arguments):
    """Where relative paths may count from: as told, then here."""
    dirs = list(arguments.get("working_dirs") or [])
    dirs.append(os.getcwd())
    return [one for at, one in enumerate(dirs) if one not in dirs[:at]]
