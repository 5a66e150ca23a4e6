"""New revision files and the comparison of models with the database; nothing is written.

Arguments: config, name, x (see oakum_project); settings, expect (see oakum_sessions); read_only:
what env.py itself would write is an error of the server's, with SQLSTATE 25006; and one of
  do: {"revision": {message, autogenerate, head, splice, branch_label, version_path, rev_id,
                    depends_on}}
  do: {"merge": {revisions, message, branch_label, rev_id, splice}}
  do: {"check": {}}
The new file is made in a folder that is removed again: its text and the path where it belongs are
handed back, since only oakum knows on whose side, and as whom, it has to be written.
"""

from oakum_causes import env_failure
from oakum_database import run_env
from oakum_errors import Refusal, fail
from oakum_errors import run as run_program
from oakum_files import collected_files
from oakum_operations import in_words, renames
from oakum_locate import place
from oakum_project import open_project
from oakum_sessions import check_migrating_connection, only_read, prepare_sessions


def main(arguments):
    run_program(command, arguments)


def command(arguments):
    ((verb, options),) = arguments["do"].items()
    work = {"revision": _revision, "merge": _merge, "check": _check}[verb]
    project = open_project(place(arguments)[0], _command_line(verb, options))
    project.load()
    prepare_sessions(arguments)
    if arguments.get("read_only"):
        only_read()
    try:
        return work(project, options, arguments.get("expect") or {})
    except BaseException as error:
        fail(error, _kind(error), project.folder)


def _kind(error):
    from alembic.util import CommandError

    return "alembic" if isinstance(error, CommandError) else env_failure(error)


def _command_line(verb, options):
    """What env.py may look at: check goes by revision --autogenerate, which old versions know."""
    if verb == "merge":
        return ["merge"] + options["revisions"]
    argv = ["revision"]
    if options.get("message"):
        argv.append("--message=" + options["message"])
    if verb == "check" or options.get("autogenerate"):
        argv.append("--autogenerate")
    return argv


def _revision(project, options, expect):
    context = _revision_context(project, options)
    autogenerate = bool(options.get("autogenerate"))
    if autogenerate or _runs_environment(project):
        _run_environment(project, context, autogenerate, expect)
    operations = _operations(context) if autogenerate else []
    with collected_files(project.scripts) as files:
        scripts = list(context.generate_scripts())
    return _made(scripts, files, operations)


def _merge(project, options, expect):
    from alembic import util

    template = {"config": project.config}
    if _runs_environment(project):
        run_env(project, lambda heads, context: [], dont_mutate=True, template_args=template)
    with collected_files(project.scripts) as files:
        script = project.scripts.generate_revision(
            options.get("rev_id") or util.rev_id(),
            options.get("message"),
            refresh=True,
            head=tuple(options["revisions"]),
            splice=bool(options.get("splice")),
            branch_labels=options.get("branch_label"),
            **template,
        )
    return _made([script], files, [])


def _check(project, options, expect):
    context = _revision_context(project, {"autogenerate": True})
    _run_environment(project, context, True, expect)
    operations = _operations(context)
    return {"operations": [in_words(one) for one in operations], "renames": renames(operations)}


def _made(scripts, files, operations):
    return {
        "files": files,
        "revisions": [script.revision for script in scripts if script is not None],
        "operations": [in_words(one) for one in operations],
        "renames": renames(operations),
    }


def _runs_environment(project):
    from alembic import util

    read = getattr(project.config, "get_alembic_option", project.config.get_main_option)
    return bool(util.asbool(read("revision_environment") or "false"))


def _revision_context(project, options):
    from alembic.autogenerate import RevisionContext

    names = ("message", "branch_label", "version_path", "rev_id", "depends_on")
    arguments = {name: options.get(name) for name in names}
    arguments.update(
        autogenerate=bool(options.get("autogenerate")),
        sql=False,
        head=options.get("head") or "head",
        splice=bool(options.get("splice")),
    )
    return RevisionContext(project.config, project.scripts, arguments)


def _run_environment(project, revision_context, autogenerate, expect):
    def work(heads, context):
        if autogenerate:
            check_migrating_connection(context, expect)
            _refuse_behind(project, heads)
            if context.opts.get("target_metadata") is None:
                raise Refusal("no-metadata", "env.py gives Alembic no target_metadata to compare")
            revision_context.run_autogenerate(heads, context)
        else:
            revision_context.run_no_autogenerate(heads, context)
        return []

    run_env(
        project,
        work,
        dont_mutate=True,
        template_args=revision_context.template_args,
        revision_context=revision_context,
    )


def _refuse_behind(project, heads):
    """Compared with a database that is behind, every pending change would be made a second time."""
    wanted = sorted(project.scripts.revision_map._real_heads)
    if sorted(heads) != wanted:
        raise Refusal(
            "not-at-head",
            "The database is at %s, the scripts at %s"
            % (
                ", ".join(sorted(heads)) or "nothing",
                ", ".join(wanted) or "nothing",
            ),
            current=sorted(heads),
            heads=wanted,
        )


def _operations(revision_context):
    """Each change, of every database and every file that process_revision_directives made."""
    found = []
    for script in revision_context.generated_revisions:
        for upgrade in script.upgrade_ops_list:
            found += _flat(upgrade)
    return found


def _flat(operation):
    inner = getattr(operation, "ops", None)
    if inner is None:
        return [operation]
    return [one for child in inner for one in _flat(child)]
