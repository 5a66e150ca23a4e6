"""Asks Alembic itself for its plans: reads histories and cases from stdin, writes its answers."""

import json
import sys
import tempfile
import warnings

from alembic.script import ScriptDirectory

FILE = """
revision = {id!r}
down_revision = {down!r}
depends_on = {depends_on!r}
branch_labels = {labels!r}
def upgrade(): pass
def downgrade(): pass
"""


def directory(revisions):
    folder = tempfile.mkdtemp()
    for at, one in enumerate(revisions):
        values = {name: tuple(one[name]) or None for name in ("down", "depends_on", "labels")}
        with open("%s/%03d.py" % (folder, at), "w") as file:
            file.write(FILE.format(id=one["id"], **values))
    return ScriptDirectory(folder, version_locations=[folder])


def answer(scripts, case):
    plan = {"upgrade": scripts._upgrade_revs, "downgrade": scripts._downgrade_revs}[case["verb"]]
    try:
        return {"ids": [step.revision.revision for step in plan(case["target"], tuple(case["heads"]))]}
    except Exception as error:
        return {"error": "%s: %s" % (type(error).__name__, error)}


warnings.simplefilter("ignore")
sys.dont_write_bytecode = True
answers = []
for history in json.load(sys.stdin):
    scripts = directory(history["revisions"])
    answers.append([answer(scripts, case) for case in history["cases"]])
json.dump(answers, sys.stdout)
