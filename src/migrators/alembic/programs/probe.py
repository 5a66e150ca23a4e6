"""Reads an Alembic project: revisions, and on request the database that its env.py leads to.

Arguments: those of oakum_project and oakum_locate; db (bool), with settings and expect (see
oakum_sessions). Nothing is written, in particular no version table.
"""

import ast
import hashlib
import os
import platform
import re
import sys

from oakum_causes import env_failure
from oakum_database import read_database
from oakum_errors import describe, run
from oakum_locate import place
from oakum_project import as_list, open_project
from oakum_scripts import hash_scripts
from oakum_sessions import prepare_sessions
from oakum_touches import adds_only, touches

_MAKES = re.compile(
    r"""create\s+(schema|extension|role|user|group)\s+(?:if\s+not\s+exists\s+)?"?([A-Za-z_][\w$-]*)"""
    r"""|create(schema)\(\s*["']([\w$-]+)""",
    re.IGNORECASE,
)
_CREATED = re.compile(r"^Create Date:\s*(.+?)\s*$", re.MULTILINE)


def main(arguments):
    run(probe, arguments)


def probe(arguments):
    arguments, placed = place(arguments)
    project = open_project(arguments, ["current"])
    project.load()
    if arguments.get("db"):
        prepare_sessions(arguments)
    found = _project(project, arguments)
    found["configs"] = placed.configs
    found["passed_over"] = placed.passed_over
    found["unknown_x"] = placed.unknown_x
    several = len(project.scripts.revision_map.heads) > 1
    found["revisions"] = [_revision(script, several) for script in _by_path(project.files)]
    if arguments.get("db"):
        try:
            found["databases"] = read_database(project)
        except BaseException as error:
            found["database_error"] = describe(error, env_failure(error), project.folder)
    return found


def _project(project, arguments):
    import alembic
    import sqlalchemy

    scripts = project.scripts
    return {
        "alembic": alembic.__version__,
        "sqlalchemy": sqlalchemy.__version__,
        "python": platform.python_version(),
        "executable": sys.executable,
        "config": os.path.abspath(project.ini),
        "name": project.config.config_ini_section,
        "python_path": arguments.get("python_path") or [],
        "working_dir": os.getcwd(),
        "script_location": project.folder,
        "scripts_sha256": hash_scripts(project.folder),
        "versions": [_folder(str(path)) for path in scripts._version_locations],
        "file_template": scripts.file_template,
        "sourceless": bool(scripts.sourceless),
        "heads": list(scripts.revision_map.heads),
        "bases": list(scripts.revision_map.bases),
    }


def _by_path(scripts):
    """Old versions of Alembic load the files as the file system happens to list them."""
    return sorted(scripts, key=lambda script: str(script.path))


def _folder(path):
    path = os.path.abspath(path)
    return {"path": path, "writable": os.access(path, os.W_OK), "exists": os.path.isdir(path)}


def _revision(script, several):
    source = _source(str(script.path))
    tree = _tree(source)
    functions = _functions(tree)
    # Only branches can be in each other's way.
    touched = touches(tree) if several and tree else None
    adds = adds_only(tree) if tree else False
    return {
        "id": script.revision,
        "down": as_list(script.down_revision),
        "depends_on": as_list(script.dependencies),
        "resolved_depends_on": list(script._resolved_dependencies),
        "labels": sorted(script._orig_branch_labels),
        "branches": sorted(script.branch_labels),
        "head": script.is_head,
        "base": script.is_base,
        "branch_point": script.is_branch_point,
        "merge_point": script.is_merge_point,
        "doc": script.doc,
        "docstring": script.longdoc or "",
        "created": _created(script.longdoc),
        "path": str(script.path),
        "sha256": hashlib.sha256(source).hexdigest(),
        "code_sha256": tree and _code_hash(tree),
        "upgrade": functions.get("upgrade", "missing"),
        "downgrade": functions.get("downgrade", "missing"),
        "autocommit": b"autocommit_block" in source,
        "touches": touched,
        "adds_only": adds,
        "makes": _makes(source),
    }


def _source(path):
    with open(path, "rb") as file:
        return file.read()


def _makes(source):
    """Schemas, extensions and roles that the text speaks of making; what it puts together is not seen."""
    found = _MAKES.findall(source.decode("utf-8", "replace"))
    return sorted({(one or two).lower() for _, one, _, two in found})


def _created(doc):
    found = _CREATED.search(doc or "")
    return found.group(1) if found else None


def _tree(source):
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError):
        return None


def _functions(tree):
    """What upgrade() and downgrade() are made of, as far as their text tells."""
    if tree is None:
        return {"upgrade": "code", "downgrade": "code"}
    kinds = {}
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            kinds[node.name] = _kind(node.body)
        elif isinstance(node, ast.Assign):
            kinds.update({t.id: "code" for t in node.targets if isinstance(t, ast.Name)})
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            kinds.update({a.asname or a.name: "code" for a in node.names})
    return kinds


def _kind(body):
    does = [node for node in body if not _says_nothing(node)]
    if not does:
        return "empty"
    return "raises" if isinstance(does[0], ast.Raise) else "code"


def _says_nothing(node):
    """A docstring, an ellipsis, pass, or a bare return."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Return):
        return node.value is None or isinstance(node.value, ast.Constant)
    return isinstance(node, ast.Pass)


def _code_hash(tree):
    """The same for files that differ in comments, docstrings, layout and line endings alone.

    Takes what it leaves out away from the tree. None of one that is deeper than calls go.
    """
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            if ast.get_docstring(node, clean=False) is not None:
                del node.body[0]
        elif isinstance(node, ast.Constant):
            node.kind = None
    try:
        return hashlib.sha256(ast.dump(tree, annotate_fields=False).encode()).hexdigest()
    except RecursionError:
        return None
