"""Which line of a revision is at work: the nearest one that lies in the project's own folders."""

import os
import sys
import threading

from oakum_errors import inside, is_library


class Frames:
    """Looks through Python's frames for files of the script and version folders, not env.py."""

    def __init__(self, project):
        scripts = project.scripts
        self._folders = [project.folder] + [str(path) for path in scripts._version_locations]
        self._env = os.path.realpath(str(scripts.env_py_location))
        self._known = {}

    def here(self):
        """File and line of whoever called, None and None where no revision did."""
        return self._nearest(sys._getframe(1))

    def of_main_thread(self):
        """The same of what the main thread does right now."""
        return self._nearest(sys._current_frames().get(threading.main_thread().ident))

    def _nearest(self, frame):
        while frame is not None:
            file = frame.f_code.co_filename
            if self._is_own(file):
                return file, frame.f_lineno
            frame = frame.f_back
        return None, None

    def _is_own(self, file):
        known = self._known.get(file)
        if known is None:
            known = self._known[file] = self._look(file)
        return known

    def _look(self, file):
        # A program that came as text has no path, and the working folder may be the scripts' own.
        return (
            os.path.isabs(file)
            and os.path.realpath(file) != self._env
            and any(self._holds(folder, file) for folder in self._folders)
        )

    def _holds(self, folder, file):
        """An environment may lie in the folder, and the folder in one where an app is installed."""
        return inside(file, folder) and (not is_library(file) or is_library(folder))
