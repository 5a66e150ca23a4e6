"""Looks around in the app's container for Alembic's configurations.

Arguments: locate, with working_dirs (a list), commands (a list of argv) and seen (a list of paths).
"""

import os

from oakum_configs import find_configs
from oakum_errors import Refusal
from oakum_told import is_known


def place(arguments):
    """The project's arguments with what nobody said, from the best configuration there is; and what
    else is to be known of it: see Placed.

    Without `locate` nothing is looked for.
    """
    if "locate" not in arguments:
        return arguments, Placed()
    locate = arguments["locate"]
    dirs = working_dirs(locate)
    if arguments.get("working_dir"):
        dirs = [arguments["working_dir"]] + dirs
    configs = find_configs(
        dirs, locate.get("commands") or [], locate.get("seen") or [], arguments.get("config")
    )
    if not configs and not arguments.get("config"):
        raise Refusal(
            "no-config", "No alembic.ini and no pyproject.toml with [tool.alembic] was found"
        )
    best, passed_over = _meant(configs, arguments.get("name"))
    chosen = {
        name: arguments.get(name) or best.get(name) for name in ("config", "name", "working_dir")
    }
    placed = Placed(configs, passed_over)
    chosen["x"] = arguments.get("x") or _told_x(best, placed)
    chosen["working_dir"] = chosen["working_dir"] or dirs[0]
    return dict(arguments, python_path=arguments.get("python_path") or dirs, **chosen), placed


class Placed:
    """All configurations; the sections of the best one's file that nobody looks at; and the
    arguments of the container's command that only its shell knows.
    """

    def __init__(self, configs=None, passed_over=()):
        self.configs = configs
        self.passed_over = list(passed_over)
        self.unknown_x = []


def _meant(configs, name):
    """The one that is meant, and what else its file has; a Refusal where nobody can tell."""
    if not configs:
        return {}, []
    if name:
        return next((one for one in configs if one["name"] == name), configs[0]), []
    told = [one for one in configs if one["told"] and one["script_location"]]
    if len(told) > 1:
        raise _several("The container's command runs Alembic with several configurations", told)
    best = told[0] if told else configs[0]
    beside = [one for one in configs if one["config"] == best["config"] and one["script_location"]]
    if len(beside) > 1 and not told:
        best = next((one for one in beside if one["name"] == "alembic"), None)
        if best is None:
            raise _several("Alembic's configuration has several sections, and none is [alembic]", beside)
    return best, [one["name"] for one in beside if _revisions(one) != _revisions(best)]


def _revisions(config):
    return (config["script_location"], config["version_locations"])


def _several(text, configs):
    places = ["%s [%s]" % (one["config"], one["name"]) for one in configs]
    return Refusal(
        "several-sections",
        "%s: %s" % (text, ", ".join(places)),
        configs=[{"config": one["config"], "name": one["name"]} for one in configs],
    )


def _told_x(best, placed):
    told = best.get("told") or [[]]
    if len(told) > 1:
        shown = "; ".join(" ".join("-x " + one for one in x) or "none" for x in told)
        raise Refusal(
            "several-arguments",
            "The container's command runs Alembic with different arguments: %s" % shown,
            x=told,
        )
    if is_known(told[0]):
        return told[0]
    placed.unknown_x = told[0]
    return []


def working_dirs(arguments):
    """Where relative paths may count from: as told, then here."""
    dirs = list(arguments.get("working_dirs") or [])
    dirs.append(os.getcwd())
    return [one for at, one in enumerate(dirs) if one not in dirs[:at]]
