"""Revision files that Alembic writes, caught before they reach the project."""

import os
import shutil
import tempfile
from contextlib import contextmanager


@contextmanager
def collected_files(scripts):
    """Has every new file made in a temporary folder; the list is filled when the block ends.

    The container's file system may be read-only, and a file that it wrote would be root's.
    """
    folder = _temporary_folder()
    places = {}
    name_of = scripts._rev_path

    def path_of(version_path, *arguments):
        real = str(name_of(version_path, *arguments))
        inside = os.path.join(folder, str(len(places)), os.path.basename(real))
        places[inside] = _real(real)
        os.makedirs(os.path.dirname(inside))
        return type(name_of(version_path, *arguments))(inside)

    scripts._rev_path = path_of
    scripts._ensure_directory = lambda path: None
    files = []
    try:
        yield files
        files += [_file(inside, real) for inside, real in places.items()]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _real(path):
    """Links to the folder are followed: what is mounted is the folder, not the link to it."""
    return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))


def _temporary_folder():
    """In a container without a writable /tmp there is still the shared memory."""
    try:
        return tempfile.mkdtemp(prefix="oakum-")
    except OSError:
        return tempfile.mkdtemp(prefix="oakum-", dir="/dev/shm")


def _file(inside, real):
    with open(inside, "rb") as file:
        content = file.read().decode("utf-8")
    folder = os.path.dirname(real)
    status = os.stat(folder) if os.path.isdir(folder) else None
    return {
        "path": real,
        "content": content,
        "folder_exists": status is not None,
        "folder_writable": os.access(folder, os.W_OK),
        "folder_uid": status.st_uid if status else None,
        "folder_gid": status.st_gid if status else None,
    }
