"""Applies or undoes exactly one revision, or stamps, and tells what happens as it happens.

Arguments: config, name, x (see oakum_project); settings, expect (see oakum_sessions);
do: {"upgrade": id} | {"downgrade": id} | {"stamp": [ids]}; heads: what the version table must say
before; sql (bool): only return the SQL; measure (bool): also tell which locks each statement takes.
"""

import io

from oakum_causes import env_failure
from oakum_database import run_env
from oakum_errors import Refusal, fail
from oakum_errors import run as run_program
from oakum_locate import place
from oakum_project import open_project
from oakum_sessions import check_migrating_connection, prepare_sessions
from oakum_trace import Trace
from oakum_wire import emit


def main(arguments):
    run_program(step, arguments)


def step(arguments):
    ((verb, target),) = arguments["do"].items()
    shown = target if isinstance(target, str) else ",".join(target) or "base"
    project = open_project(place(arguments)[0], [verb, shown])
    project.load()
    if arguments.get("sql"):
        return {"sql": _offline(project, verb, target, arguments["heads"])}
    trace = Trace(project, measure=bool(arguments.get("measure")))
    prepare_sessions(arguments)
    trace.listen()
    work = Step(project, trace, verb, target, arguments)
    try:
        work.run()
    except BaseException as error:
        trace.flush()
        fail(error, work.kind(error), project.folder)
    trace.flush()
    if not trace.committed:
        fail(_not_committed(project))
    return {"heads": sorted(work.heads_after)}


class Step:
    """One run of env.py with one step in it."""

    def __init__(self, project, trace, verb, target, arguments):
        self.project = project
        self.trace = trace
        self.verb = verb
        self.target = target
        self.arguments = arguments
        self.heads_after = []
        self.stage = "env"

    def run(self):
        self._announce_moves()
        run_env(self.project, self._work, destination_rev=self.target)

    def kind(self, error):
        """Where it failed: connecting, in env.py, in the revision, or at its commit."""
        if self.stage == "env":
            return env_failure(error)
        return {"step": "migration", "after": "commit-failed"}[self.stage]

    def _work(self, heads, context):
        if context.connection is None:
            raise Refusal("no-connection", "env.py configures the context without a connection")
        check_migrating_connection(context, self.arguments.get("expect") or {})
        self._refuse_other_heads(heads)
        self.trace.flush()
        emit("begin", external_transaction=bool(context._in_external_transaction))
        self.stage = "step"
        for one in steps(self.project, self.verb, self.target, heads):
            yield one
        self.stage = "after"

    def _refuse_other_heads(self, heads):
        expected = self.arguments["heads"]
        if sorted(heads) != sorted(expected):
            raise Refusal(
                "moved",
                "The version table says %s, not %s" % (_names(heads), _names(expected)),
                expected=sorted(expected),
                found=sorted(heads),
            )

    def _announce_moves(self):
        from alembic.runtime.migration import HeadMaintainer

        original = HeadMaintainer.update_to_step
        outer = self

        def update_to_step(maintainer, one):
            original(maintainer, one)
            outer.heads_after = sorted(maintainer.heads)
            outer.trace.flush()
            outer.trace.version_moved(maintainer.context.connection)
            emit("version", heads=outer.heads_after)

        HeadMaintainer.update_to_step = update_to_step


def steps(project, verb, target, heads):
    """Alembic's own step objects; a stamp takes a row away for each old head, adds the new."""
    from alembic.runtime.migration import MigrationStep, StampStep

    scripts = project.scripts
    if verb == "stamp":
        gone = [
            StampStep(h, None, False, True, scripts.revision_map) for h in heads if h not in target
        ]
        new = [StampStep((), t, True, True, scripts.revision_map) for t in target if t not in heads]
        return gone + new
    script = scripts.revision_map._revision_map.get(target)
    if script is None or script.revision != target:
        raise Refusal("no-revision", "No file is revision %s" % target, revision=target)
    _refuse_out_of_order(scripts, verb, script, heads)
    if not callable(getattr(script.module, verb, None)):
        raise Refusal("no-%s" % verb, "%s has no %s()" % (script.path, verb), file=str(script.path))
    make = (
        MigrationStep.upgrade_from_script
        if verb == "upgrade"
        else MigrationStep.downgrade_from_script
    )
    return [make(scripts.revision_map, script)]


def _refuse_out_of_order(scripts, verb, script, heads):
    """Alembic would run it all the same, and only then find that the version table does not fit."""
    nodes = scripts.revision_map._get_ancestor_nodes(scripts.get_revisions(tuple(heads)))
    applied = {node.revision for node in nodes}
    if verb == "downgrade":
        fits = script.revision in heads
    else:
        fits = script.revision not in applied and applied.issuperset(script._all_down_revisions)
    if not fits:
        raise Refusal(
            "out-of-order",
            "Revision %s cannot be the next %s at %s" % (script.revision, verb, _names(heads)),
            revision=script.revision,
            heads=sorted(heads),
        )


def _offline(project, verb, target, heads):
    buffer = io.StringIO()

    def work(starting, context):
        return steps(project, verb, target, starting)

    run_env(project, work, as_sql=True, starting_rev=tuple(heads) or None, output_buffer=buffer)
    return buffer.getvalue()


def _not_committed(project):
    return Refusal(
        "not-committed",
        "The step ran, but its transaction was never committed: %s executes SQL before "
        "context.begin_transaction(), and does not commit" % project.scripts.env_py_location,
        file=project.scripts.env_py_location,
    )


def _names(heads):
    return ", ".join(sorted(heads)) or "nothing"
