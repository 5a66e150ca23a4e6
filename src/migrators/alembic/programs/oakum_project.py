"""The Alembic project: its configuration, its script folder and its revision files."""

import configparser
import os
import sys

from oakum_errors import Refusal


def import_alembic(python_path=()):
    """Imports Alembic as its own command does: before the working folder is on the path.

    Projects keep a folder named alembic beside their code; with an __init__.py in it, it would be
    taken for the library.
    """
    sys.path[:] = [path for path in sys.path if path not in ("", os.getcwd())]
    try:
        import_modules()
    except ImportError as error:
        raise Refusal(
            "no-alembic",
            "%s cannot import Alembic: %s" % (sys.executable, error),
            python=sys.executable,
            missing=error.name,
        ) from error
    sys.path.insert(0, os.getcwd())
    sys.path += [path for path in python_path if path not in sys.path]


def import_modules():
    """Those of Alembic that every program needs, from wherever the path leads."""
    import alembic.command
    import alembic.config
    import alembic.runtime.environment
    import alembic.runtime.migration
    import alembic.script


class Project:
    """An opened project: config and scripts as Alembic has them, files as they were loaded."""

    def __init__(self, config, scripts, ini):
        self.config = config
        self.scripts = scripts
        self.ini = ini
        self.folder = os.path.abspath(str(scripts.dir))
        self.files = []
        self._record_files()

    def _record_files(self):
        """Alembic only warns of two files with one revision id, and then forgets the first."""
        generator = self.scripts.revision_map._generator

        def recorded():
            for script in generator():
                self.files.append(script)
                yield script

        self.scripts.revision_map._generator = recorded

    def load(self):
        """Imports every revision file; what is wrong with the files or the graph is a Refusal."""
        from alembic.script import revision

        try:
            self.scripts.revision_map._revision_map
        except revision.CycleDetected as error:
            raise Refusal("cycle", str(error), revisions=sorted(error.revisions)) from error
        except (KeyError, revision.RevisionError) as error:
            self._refuse_missing_parent()
            raise Refusal("revision-graph", str(error)) from error
        except Exception as error:
            raise Refusal(
                "broken-revision",
                "A revision file cannot be imported: %s: %s" % (type(error).__name__, error),
            ) from error
        self._refuse_duplicates()

    def _refuse_missing_parent(self):
        names = set()
        for script in self.files:
            names.add(script.revision)
            names.update(script._orig_branch_labels)
        for script in self.files:
            for parent in as_list(script.down_revision) + as_list(script.dependencies):
                if parent not in names:
                    raise Refusal(
                        "missing-parent",
                        "%s follows revision %s, which no file has" % (script.path, parent),
                        revision=script.revision,
                        parent=parent,
                        file=str(script.path),
                    )

    def _refuse_duplicates(self):
        seen = {}
        for script in self.files:
            first = seen.setdefault(script.revision, script)
            if first is not script:
                raise Refusal(
                    "duplicate-revision",
                    "Two files are revision %s: %s and %s"
                    % (script.revision, first.path, script.path),
                    revision=script.revision,
                    files=[str(first.path), str(script.path)],
                )


def as_list(value):
    """None, one id or several: always a list."""
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


def open_project(arguments, command):
    """The project as the command line would open it, so that env.py sees the same options.

    arguments: working_dir; python_path (folders where the app's modules may be, looked into last);
    config (a path), name (the ini section), x (a list). command: argv after the options.
    """
    if arguments.get("working_dir"):
        os.chdir(arguments["working_dir"])
    import_alembic(arguments.get("python_path") or ())
    from alembic.config import CommandLine, Config

    argv = _argv(arguments) + command
    line = CommandLine(prog="alembic")
    options = line.parser.parse_args(argv)
    sys.argv = ["alembic"] + argv
    files = {"file_": options.config}
    if hasattr(line, "_inis_from_config"):
        files["toml_file"], files["file_"] = line._inis_from_config(options)
    _refuse_missing_config(files)
    config = Config(ini_section=options.name, cmd_opts=options, **files)
    used = [path for path in (files["file_"], files.get("toml_file")) if os.path.isfile(path or "")]
    return Project(config, _script_folder(config, files), used[0])


def _argv(arguments):
    argv = []
    if arguments.get("config"):
        argv.append("--config=" + arguments["config"])
    if arguments.get("name"):
        argv.append("--name=" + arguments["name"])
    return argv + ["-x" + value for value in arguments.get("x") or []]


def _refuse_missing_config(files):
    paths = [path for path in files.values() if path]
    if not any(os.path.isfile(path) for path in paths):
        raise Refusal(
            "no-config",
            "There is no %s in %s" % (" or ".join(sorted(paths)), os.getcwd()),
            folder=os.getcwd(),
            files=sorted(paths),
        )


def _script_folder(config, files):
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    try:
        read = getattr(config, "get_alembic_option", config.get_main_option)
        location = read("script_location")
    except configparser.Error as error:
        raise Refusal("bad-config", "%s: %s" % (files["file_"], error)) from error
    if location is None:
        if is_flask_migrate(files["file_"]):
            raise Refusal(
                "flask-migrate",
                "%s belongs to Flask-Migrate, which runs Alembic inside the app" % files["file_"],
            )
        raise Refusal("no-script-location", "%s names no script_location" % files["file_"])
    try:
        scripts = ScriptDirectory.from_config(config)
    except (CommandError, ImportError, configparser.Error) as error:
        raise Refusal(
            "no-script-folder",
            "script_location = %s leads nowhere from %s: %s" % (location, os.getcwd(), error),
            script_location=location,
            folder=os.getcwd(),
        ) from error
    if not os.path.isfile(os.path.join(str(scripts.dir), "env.py")):
        raise Refusal(
            "no-script-folder", "%s has no env.py" % scripts.dir, script_location=location
        )
    return scripts


def is_flask_migrate(ini):
    """Flask-Migrate's folder: an alembic.ini that names no scripts, beside an env.py of Flask."""
    try:
        env = os.path.join(os.path.dirname(os.path.abspath(ini)), "env.py")
        with open(env, encoding="utf-8") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError):
        return False
    return "current_app" in text
