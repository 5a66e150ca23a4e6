"""One hash of all that decides what the revisions do, as far as it can be seen: what lies in the
script folder, and what of the app's own they have imported from elsewhere."""

import hashlib
import os
import sys
import sysconfig

# What is made by running, and libraries: neither says what a migration does.
_FOLDERS = ("__pycache__", "node_modules", "site-packages")
_ENDINGS = (".pyc", ".log")
# What is larger is data: its size has to do.
_LONGEST = 16 * 1024 * 1024


def hash_scripts(folder):
    """SHA-256 over the paths below the folder and what the files hold, in the paths' order.

    Then the same of the modules that are loaded: to be called once all revisions are, before env.py.
    """
    whole = hashlib.sha256()
    for path in sorted(_files(folder)) + sorted(_imported(folder)):
        name = os.path.relpath(path, folder).encode("utf-8", "surrogateescape")
        whole.update(hashlib.sha256(name).digest() + _content(path))
    return whole.hexdigest()


def _files(folder):
    for at, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name[0] != "." and name not in _FOLDERS]
        for name in names:
            path = os.path.join(at, name)
            # A pipe would never end.
            if name[0] != "." and not name.endswith(_ENDINGS) and os.path.isfile(path):
                yield path


def _imported(folder):
    """Files of modules outside the folder that belong neither to Python nor to a package."""
    paths = sysconfig.get_paths()
    libraries = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    foreign = tuple(os.path.join(path, "") for path in libraries + [folder])
    for module in list(sys.modules.values()):
        path = _file_of(module)
        if not path or not path.endswith(".py") or path.startswith(foreign):
            continue
        if "site-packages" not in path and "dist-packages" not in path and os.path.isfile(path):
            yield path


def _file_of(module):
    """Some are loaded when they are first asked for anything, and may fail then."""
    try:
        path = module.__dict__.get("__file__")
    except Exception:
        return None
    return path if isinstance(path, str) else None


def _content(path):
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            content = str(size).encode() if size > _LONGEST else file.read()
    except OSError:
        content = b"unreadable"
    return hashlib.sha256(content).digest()
