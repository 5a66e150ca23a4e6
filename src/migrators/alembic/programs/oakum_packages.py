"""Packages in the app's own Python that the app itself is made of."""

import importlib.util
import os
import re

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DEPTH = 6


def own_packages(commands):
    """Folders of installed packages that the container's command starts, or that were installed
    from a folder: no library of somebody else's is among them, which may bring an Alembic of its own.
    """
    try:
        names = _named(commands) + _from_folders()
    except Exception:  # What is said of a package may be broken in any way.
        names = []
    found = []
    for name in names:
        folder = _folder(name)
        if folder and folder not in found:
            found.append(folder)
    return found


def _named(commands):
    words = [word for argv in commands for text in argv for word in re.split(r"[\s;&|\"']+", text)]
    names = []
    for word in words:
        base = word.rsplit("/", 1)[-1]
        names += [point.split(".")[0].split(":")[0] for point in _entry_points(base)]
        name = _NAME.match(base)
        if name:
            names.append(name.group(0))
    return names


def _entry_points(name):
    return [
        point.value
        for distribution in _distributions()
        for point in distribution.entry_points
        if point.group == "console_scripts" and point.name == name
    ]


def _from_folders():
    """What pip installed from a folder says so (PEP 610)."""
    names = []
    for distribution in _distributions():
        if '"file://' in (distribution.read_text("direct_url.json") or ""):
            top = distribution.read_text("top_level.txt") or ""
            names += top.split() or [(distribution.metadata["Name"] or "").replace("-", "_")]
    return names


def _distributions():
    try:
        from importlib.metadata import distributions
    except ImportError:  # Python 3.7
        return []
    return list(distributions())


def _folder(name):
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError, AttributeError):
        return None
    folders = list(spec.submodule_search_locations or []) if spec else []
    return os.path.realpath(folders[0]) if folders else None
