"""Finds Alembic's configurations in the container, those that work from their folder first."""

import configparser
import os
import re

from oakum_packages import own_packages
from oakum_told import told_by_commands

_ROOTS = ("/app", "/code", "/src", "/srv", "/usr/src", "/opt", "/home", "/workspace", "/backend")
_SKIPPED = {"site-packages", "dist-packages", "node_modules", "__pycache__", "venv", "env", "proc"}
_DEPTH = 4
_DEEPER = 9
_FOLDERS = 5000
_OF_REVISIONS = ("script_location", "version_locations")
_NOTHING = [("alembic", None, None)]
_NO_SECTIONS = re.compile(
    r"loggers|handlers|formatters|(logger|handler|formatter)_.*|post_write_hooks"
)


def find_configs(working_dirs, commands, seen=(), named=None):
    """Every configuration, best first.

    commands: the argv that the container is started with; seen: files that others found; named: the
    one that a person named, which leaves no other.
    """
    told = told_by_commands(commands, working_dirs)
    if named:
        return _configs([os.path.join(base, named) for base in working_dirs], told, working_dirs)
    paths = [one["path"] for one in told] + list(seen)
    variable = os.environ.get("ALEMBIC_CONFIG")
    if variable:
        paths += [os.path.join(base, variable) for base in working_dirs]
    roots = list(working_dirs) + list(_ROOTS)
    for root in roots:
        paths += _search(root, _DEPTH)
    found = _configs(paths, told, working_dirs)
    if any(one["script_location"] for one in found):
        return found
    for root in roots:
        paths += _search(root, _DEEPER)
    for folder in own_packages(commands):
        paths += _search(folder, _DEEPER)
    return _configs(paths, told, working_dirs)


def _configs(paths, told, working_dirs):
    found, seen = [], set()
    for path in paths:
        real = os.path.realpath(path)
        if real not in seen and os.path.isfile(real):
            seen.add(real)
            of_file = [one for one in told if os.path.realpath(one["path"]) == real]
            here = os.path.dirname(os.path.abspath(path))
            # People run Alembic beside its configuration, or else where the image starts.
            bases = [one["base"] for one in of_file] + [here] + list(working_dirs)
            found += _read(path, bases + [os.path.dirname(here)], working_dirs[0], of_file)
    return sorted(found, key=lambda one: -one["rank"])


def _search(root, most):
    """alembic.ini and pyproject.toml, some folders deep; never in libraries."""
    visited = 0
    for folder, folders, files in os.walk(root):
        visited += 1
        depth = os.path.relpath(folder, root).count(os.sep) + (folder != root)
        deep = depth >= most or visited > _FOLDERS or root == "/"
        folders[:] = (
            []
            if deep
            else sorted(
                name for name in folders if name not in _SKIPPED and not name.startswith(".")
            )
        )
        for name in ("alembic.ini", "pyproject.toml"):
            if name in files:
                yield os.path.join(folder, name)


def _read(path, folders, home, told):
    here = os.path.dirname(os.path.abspath(path))
    locations = _of_toml(path, here) if path.endswith(".toml") else _of_ini(path, here)
    found = []
    for name, location, versions in locations:
        own = [one["x"] for one in told if one["name"] == name]
        base, scripts = _resolve(location, folders)
        # A package is found from everywhere, and its own folder is no place to run anything in.
        of_package = "-packages" in here and not os.path.isabs(location or "")
        found.append(
            {
                "config": os.path.abspath(path),
                "name": name,
                "working_dir": home if of_package else base or folders[0],
                "script_location": scripts,
                "version_locations": versions,
                # Each way in which the container's command gives it arguments.
                "told": [x for at, x in enumerate(own) if x not in own[:at]],
                "rank": (scripts is not None) * 8
                + bool(own) * 4
                + (_versions(scripts) > 0) * 2
                + (name == "alembic"),
            }
        )
    return found


def _versions(scripts):
    folder = os.path.join(scripts or "", "versions")
    if scripts is None or not os.path.isdir(folder):
        return 0
    return sum(1 for one in os.listdir(folder) if one.endswith((".py", ".pyc")))


def _of_ini(path, here):
    parser = configparser.ConfigParser({"here": here})
    try:
        parser.read(path, encoding="utf-8")
        names = [name for name in parser.sections() if not _NO_SECTIONS.fullmatch(name)]
        found = [
            (name, *(parser.get(name, key, fallback=None) for key in _OF_REVISIONS))
            for name in names
        ]
    except (configparser.Error, UnicodeDecodeError):
        return _NOTHING
    return [one for one in found if one[1]] or _NOTHING


def _of_toml(path, here):
    try:
        import tomllib
    except ImportError:
        try:
            import tomli as tomllib
        except ImportError:
            return []
    try:
        with open(path, "rb") as file:
            location = tomllib.load(file)["tool"]["alembic"]["script_location"]
    except (OSError, KeyError, TypeError, ValueError):
        return []
    return [("alembic", location.replace("%(here)s", here), None)]


def _resolve(location, folders):
    """A relative script_location counts from the working directory, not from the file."""
    if location is None:
        return None, None
    for base in folders:
        if ":" in location and not os.path.isabs(location):
            package, _, rest = location.partition(":")
            path = os.path.join(base, *(package.split(".") + [rest]))
        else:
            path = os.path.join(base, location)
        if os.path.isfile(os.path.join(path, "env.py")):
            return base, os.path.abspath(path)
    return None, None
