import assert from "node:assert/strict";
import { Site } from "./migrate/cli.ts";
import type { Case } from "./rehearse/corpus/case.ts";
import { findingsOf, outcomeOf, requireFindings } from "./rehearse/corpus/rehearsal.ts";

const AGAIN = /does more than its text tells: starting again/;

/** Only adds, and only takes that away. */
const INDEX: Case = {
  name: "an index",
  tables: { trees: "small" },
  upgrade: ['op.create_index("ix_trees_email", "trees", ["email"])'],
  downgrade: ['op.drop_index("ix_trees_email")'],
  rules: [],
};

const COLUMN: Case = {
  name: "a column",
  tables: { ponds: "small" },
  upgrade: ['op.add_column("ponds", sa.Column("depth", sa.Integer()))'],
  downgrade: ['op.drop_column("ponds", "depth")'],
  rules: [],
};

/** Reads like one that only adds; the server does the rest. */
const TRIGGERED: Case = {
  name: "a table, upon which the server deletes rows of another one",
  tables: { reeds: "small" },
  before: [
    `create function mow() returns event_trigger language plpgsql as
      'begin delete from reeds where id > 70; end'`,
    "create event trigger mow on ddl_command_end when tag in ('CREATE INDEX') execute function mow()",
  ],
  upgrade: ['op.create_index("ix_reeds_email", "reeds", ["email"])'],
  downgrade: ['op.drop_index("ix_reeds_email")'],
  rules: ["data-lost"],
  says: [/30 rows of public\.reeds/],
};

/** Leaves what it made behind, so that it cannot be applied again. */
const LEAVING: Case = {
  name: "a table that stays",
  upgrade: [
    'op.create_table("dunes", sa.Column("id", sa.Integer(), primary_key=True))',
    'op.create_table("hills", sa.Column("id", sa.Integer(), primary_key=True))',
  ],
  downgrade: ['op.drop_table("hills")'],
  rules: ["downgrade-leaves", "not-repeatable"],
};

const TAKING: Case = {
  name: "a downgrade that drops a column that its upgrade did not add",
  tables: { tents: "small" },
  upgrade: ['op.add_column("tents", sa.Column("poles", sa.Integer()))'],
  downgrade: ['op.drop_column("tents", "email")'],
  rules: ["downgrade-lossy", "downgrade-leaves", "not-repeatable"],
  says: [/is not what it was: the column public\.tents\.email with 100 values/],
};

Deno.test("a second copy of the data is made where a revision touches data, whatever its text tells", async (t) => {
  await using site = await Site.open();
  await site.startApp();

  await t.step("what only adds must pass without one", async () => {
    const { report, said } = await outcomeOf(site, [INDEX, COLUMN]);
    assert.ok(report, said);
    assert.doesNotMatch(said, AGAIN);
    assert.deepEqual(report.revisions.map(({ downgrade }) => downgrade.verdict), [
      "lossless",
      "lossless",
    ]);
    for (const [at, one] of [INDEX, COLUMN].entries()) {
      requireFindings(one, findingsOf(report, at));
    }
  });

  for (const one of [TRIGGERED, LEAVING, TAKING]) {
    await t.step(`${one.name} must be found on a second try`, async () => {
      const { report, said } = await outcomeOf(site, [COLUMN, one]);
      assert.ok(report, said);
      assert.match(said, AGAIN);
      requireFindings(COLUMN, findingsOf(report, 0));
      requireFindings(one, findingsOf(report, 1));
    });
  }
});
