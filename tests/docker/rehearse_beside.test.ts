import assert from "node:assert/strict";
import { Site } from "./migrate/cli.ts";
import type { Case } from "./rehearse/corpus/case.ts";
import { findingsOf, rehearseCases, requireFindings } from "./rehearse/corpus/rehearsal.ts";

/** What lies beside the database, and what comes after it. */
const BESIDE: readonly Case[] = [
  {
    name: "a setting, a right and members of a role",
    upgrade: [
      'op.execute("CREATE ROLE members NOLOGIN")',
      'op.execute("CREATE ROLE clerk IN ROLE members")',
      "op.execute(\"ALTER DATABASE shop SET shop.mood = 'good'\")",
      'op.execute("GRANT TEMPORARY ON DATABASE shop TO clerk")',
    ],
    downgrade: [
      'op.execute("REVOKE TEMPORARY ON DATABASE shop FROM clerk")',
      'op.execute("ALTER DATABASE shop RESET shop.mood")',
      'op.execute("DROP ROLE clerk")',
      'op.execute("DROP ROLE members")',
    ],
    rules: [],
  },
  {
    name: "a role that the downgrade leaves",
    tables: { ledgers: "small" },
    upgrade: [
      "op.execute(\"CREATE ROLE bookkeeper LOGIN PASSWORD 's3cret'\")",
      "op.execute(\"ALTER ROLE bookkeeper ENCRYPTED\\n  PASSWORD E's3cret\\\\'s3cret'\")",
      "op.execute(\"ALTER ROLE bookkeeper PASSWORD $_$s3cret$_$ VALID UNTIL 'infinity'\")",
      'op.execute("GRANT SELECT ON ledgers TO bookkeeper")',
      'op.execute("GRANT CONNECT ON DATABASE shop TO bookkeeper")',
      'op.execute("REVOKE members FROM clerk")',
    ],
    downgrade: [
      'op.execute("REVOKE SELECT ON ledgers FROM bookkeeper")',
      'op.execute("GRANT members TO clerk")',
    ],
    rules: ["not-repeatable"],
    says: [
      /role "bookkeeper" already exists.*; role bookkeeper exists already: the downgrade leaves it\.$/,
    ],
  },
  {
    name: "a role that is dropped for good",
    upgrade: ['op.execute("DROP ROLE members")'],
    downgrade: ["pass"],
    rules: ["downgrade-empty"],
  },
  {
    name: "one that needs what those before it set",
    upgrade: [
      "get = lambda text: op.get_bind().execute(sa.text(text)).scalar()",
      "assert get(\"SELECT current_setting('shop.mood')\") == 'good'",
      "assert get(\"SELECT count(*) FROM pg_roles WHERE rolname = 'members'\") == 0",
      "assert get(\"SELECT has_database_privilege('bookkeeper', 'shop', 'connect')\")",
    ],
    downgrade: ["pass"],
    rules: [],
  },
];

/** A database of its own is in no copy's way back. */
const ONCE: readonly Case[] = [
  {
    name: "a database that the downgrade leaves",
    upgrade: [
      "with op.get_context().autocommit_block():",
      '    op.execute("CREATE DATABASE aside TEMPLATE template0")',
    ],
    downgrade: ["pass"],
    rules: ["upgrade-fails"],
    says: [/^case01 was applied once, and fails on the same data again: .*"aside" already exists/],
  },
  {
    name: "one that is not reached",
    upgrade: ["pass"],
    downgrade: ["pass"],
    rules: [],
  },
];

Deno.test("what a revision makes beside its database does not spoil the rehearsal", async (t) => {
  await using site = await Site.open();
  await site.startApp();

  const report = await rehearseCases(site, BESIDE);
  for (const [at, one] of BESIDE.entries()) {
    await t.step(`after ${one.name} the copy must be as production will be`, () => {
      requireFindings(one, findingsOf(report, at));
      assert.equal(report.revisions[at]?.failure, null);
    });
  }

  await t.step("no password of a statement must be told", () => {
    const told = report.revisions[1]?.upgrade?.statements.map(({ sql }) => sql) ?? [];
    assert.deepEqual(told.slice(0, 3), [
      "CREATE ROLE bookkeeper LOGIN PASSWORD '***'",
      "ALTER ROLE bookkeeper ENCRYPTED PASSWORD '***'",
      "ALTER ROLE bookkeeper PASSWORD '***' VALID UNTIL 'infinity'",
    ]);
    assert.doesNotMatch(JSON.stringify(report), /s3cret/);
  });

  await t.step("what goes but once must be told as that revision's failure", async () => {
    const once = await rehearseCases(site, ONCE);
    assert.equal(once.verdict, "failed");
    requireFindings(ONCE[0]!, findingsOf(once, 0));
    assert.deepEqual(once.revisions[1]?.findings, []);
    assert.match(once.revisions[0]?.failure?.details.join("\n") ?? "", /outside of its database/);
    assert.equal(once.revisions[1]?.upgrade, null);
  });
});
