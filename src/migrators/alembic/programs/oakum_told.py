"""What the command of the app's container says of how it runs Alembic itself."""

import os
import re
import shlex

_UPGRADE = re.compile(r"\balembic\b(?P<options>[^\n;&|]*?)\bupgrade\b")
_CHANGE = re.compile(r"(?:^|[\s;&|])cd\s+(\"[^\"]+\"|'[^']+'|[^\s;&|]+)")
_COMMENT = re.compile(r"^\s*#.*$", re.MULTILINE)
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::?-([^}]*))?\}|(\w+))")
_SCRIPT_SIZE = 65536
_NESTED = 3
_OPTIONS = {"-c": "config", "--config": "config", "-n": "name", "--name": "name", "-x": "x"}
_DEFAULT = ("alembic.ini", "pyproject.toml")


def told_by_commands(commands, working_dirs):
    """Each run of `alembic upgrade` in the command or in a script of it.

    path: its configuration; base: the folder that it is run in; name: the section; x: its
    arguments, as they are given.
    """
    told = []
    for text in _texts(commands, working_dirs):
        for match in _UPGRADE.finditer(text):
            options = _options(match.group("options"))
            bases = _changes(text[: match.start()], working_dirs) + list(working_dirs)
            place = _place(options["config"], bases)
            if place is not None:
                told.append(dict(place, name=options["name"] or "alembic", x=options["x"]))
    return told


def is_known(x):
    """Whether arguments hold nothing that only the shell knows."""
    return not any("$" in one or "`" in one for one in x)


def _place(config, bases):
    names = [config] if config else [os.environ.get("ALEMBIC_CONFIG"), *_DEFAULT]
    for base in bases:
        for name in filter(None, names):
            path = os.path.join(base, name)
            if os.path.isfile(path):
                return {"path": path, "base": base}
    return None


def _texts(commands, working_dirs):
    """The commands, and the scripts that they name, without what stands in comments."""
    texts, seen = [], set()
    waiting = [text for argv in commands for text in _lines(argv)]
    for _ in range(_NESTED):
        found = []
        for text in waiting:
            text = _COMMENT.sub("", text.replace("\\\n", " "))
            texts.append(text)
            for word in re.split(r"[\s;&|\"']+", text):
                path = _script(word, working_dirs)
                if path and path not in seen:
                    seen.add(path)
                    found.append(_read(path))
        waiting = [text for text in found if text.startswith("#!") or "alembic" in text]
    return texts


def _lines(argv):
    """What a shell is given is a text of its own; else each word is one argument."""
    texts = [word for word in argv if re.search(r"\s", word) and "alembic" in word]
    return texts + [" ".join(shlex.quote(word) for word in argv if word not in texts)]


def _script(word, working_dirs):
    for base in working_dirs:
        path = os.path.realpath(os.path.join(base, word))
        if word and os.path.isfile(path) and os.path.getsize(path) < _SCRIPT_SIZE:
            return path
    return None


def _read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError):
        return ""


def _changes(text, working_dirs):
    folders = _CHANGE.findall(text)
    return [os.path.join(base, name.strip("\"'")) for name in folders[-1:] for base in working_dirs]


def _options(text):
    found = {"config": None, "name": None, "x": []}
    try:
        words = shlex.split(text)
    except ValueError:
        words = []
    while words:
        word = words.pop(0)
        option, joined, value = word.partition("=")
        if not word.startswith("--") and word[:2] in _OPTIONS:
            option, joined, value = word[:2], word[2:], word[2:]
        if option not in _OPTIONS:
            continue
        if not joined:
            value = words.pop(0) if words else ""
        value = _expanded(value)
        if option == "-x":
            found["x"].append(value)
        else:
            found[_OPTIONS[option]] = value
    return found


def _expanded(word):
    """With the variables that the app's own process has; any other one stays as it is."""

    def value(match):
        braced, default, bare = match.groups()
        known = os.environ.get(braced or bare)
        return known or (match.group(0) if default is None else default)

    return _VARIABLE.sub(value, word)
