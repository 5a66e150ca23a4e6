"""Finds Alembic's configurations in the container, those that work from their folder first."""

import configparser
import os
import re
import shlex

_ROOTS = ("/app", "/code", "/src", "/srv", "/usr/src", "/opt", "/home", "/workspace", "/backend")
_SKIPPED = {"site-packages", "dist-packages", "node_modules", "__pycache__", "venv", "env", "proc"}
_DEPTH = 4
_FOLDERS = 5000
_NO_SECTIONS = re.compile(
    r"loggers|handlers|formatters|(logger|handler|formatter)_.*|post_write_hooks"
)
_UPGRADE = re.compile(r"alembic\b(?P<options>[^\n;&|]*?)\bupgrade\b")


def find_configs(working_dirs, commands):
    """Every configuration, best first. commands: the argv that the container is started with."""
    told = _told_by_commands(commands, working_dirs)
    paths = [path for path, _ in told]
    named = os.environ.get("ALEMBIC_CONFIG")
    if named:
        paths += [os.path.join(base, named) for base in working_dirs]
    for root in list(working_dirs) + list(_ROOTS):
        paths += _search(root)
    found, seen = [], set()
    for path in paths:
        real = os.path.realpath(path)
        if real not in seen and os.path.isfile(real):
            seen.add(real)
            bases = [base for config, base in told if os.path.realpath(config) == real]
            here = os.path.dirname(os.path.abspath(path))
            # People run Alembic beside its configuration, or else where the image starts.
            found += _read(path, bases + [here] + list(working_dirs) + [os.path.dirname(here)])
    return sorted(found, key=lambda one: -one["rank"])


def _search(root):
    """alembic.ini and pyproject.toml, some folders deep; never in libraries."""
    visited = 0
    for folder, folders, files in os.walk(root):
        visited += 1
        depth = os.path.relpath(folder, root).count(os.sep) + (folder != root)
        deep = depth >= _DEPTH or visited > _FOLDERS or root == "/"
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


def _told_by_commands(commands, working_dirs):
    """What the entrypoint or its script says: alembic -c X upgrade, after cd Y."""
    told = []
    for argv in commands:
        texts = [" ".join(argv)] + [_text(word, working_dirs) for word in argv]
        for text in texts:
            for match in _UPGRADE.finditer(text):
                bases = _changes(text[: match.start()], working_dirs) + list(working_dirs)
                config = _option(match.group("options")) or "alembic.ini"
                told += [(os.path.join(base, config), base) for base in bases]
    return told


def _text(word, working_dirs):
    for base in working_dirs:
        path = os.path.join(base, word)
        try:
            if os.path.isfile(path) and os.path.getsize(path) < 65536:
                with open(path, encoding="utf-8") as file:
                    return file.read()
        except (OSError, UnicodeDecodeError):
            return ""
    return ""


def _changes(text, working_dirs):
    folders = re.findall(r"(?:^|[\s;&|])cd\s+(\"[^\"]+\"|'[^']+'|[^\s;&|]+)", text)
    return [os.path.join(base, name.strip("\"'")) for name in folders[-1:] for base in working_dirs]


def _option(text):
    try:
        words = shlex.split(text)
    except ValueError:
        return None
    for at, word in enumerate(words):
        if word in ("-c", "--config"):
            return words[at + 1] if at + 1 < len(words) else None
        if word.startswith("--config="):
            return word[len("--config=") :]
        if word.startswith("-c") and len(word) > 2:
            return word[2:]
    return None


def _read(path, folders):
    here = os.path.dirname(os.path.abspath(path))
    locations = _of_toml(path, here) if path.endswith(".toml") else _of_ini(path, here)
    return [_config(path, name, location, folders) for name, location in locations]


def _of_ini(path, here):
    parser = configparser.ConfigParser({"here": here})
    try:
        parser.read(path, encoding="utf-8")
        names = [name for name in parser.sections() if not _NO_SECTIONS.fullmatch(name)]
        found = [(name, parser.get(name, "script_location", fallback=None)) for name in names]
    except (configparser.Error, UnicodeDecodeError):
        return [("alembic", None)]
    return [pair for pair in found if pair[1]] or [("alembic", None)]


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
    return [("alembic", location.replace("%(here)s", here))]


def _config(path, name, location, folders):
    base, scripts = _resolve(location, folders)
    versions = 0
    if scripts is not None and os.path.isdir(os.path.join(scripts, "versions")):
        names = os.listdir(os.path.join(scripts, "versions"))
        versions = sum(1 for one in names if one.endswith((".py", ".pyc")))
    return {
        "config": os.path.abspath(path),
        "name": name,
        "working_dir": base or folders[0],
        "script_location": scripts,
        "rank": (scripts is not None) * 4 + (versions > 0) * 2 + (name == "alembic"),
    }


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
