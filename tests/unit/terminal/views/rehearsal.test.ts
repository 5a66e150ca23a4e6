import assert from "node:assert/strict";
import type { RehearsalReport } from "../../../../src/reports/rehearsal.ts";
import { localTime, pageOn } from "../../../../src/terminal/page.ts";
import { withoutColours } from "../../../../src/terminal/prose.ts";
import { showRehearsal } from "../../../../src/terminal/views/rehearsal.ts";
import { width } from "../../../../src/terminal/width.ts";
import {
  BROKEN,
  DEAR,
  findingWith,
  FOUND,
  HOSTILE,
  rehearsalWith,
  revisionWith,
  TRIED,
  UNJUDGED,
} from "../../reports/rehearsals.ts";
import { memoryChannel } from "../streams.ts";
import { written } from "./reports.ts";

const TAKEN = `${localTime(new Date("2026-11-22T02:00:00Z"))} (12 hours ago)`;
const REPORTS = { plain: rehearsalWith(), FOUND, BROKEN, UNJUDGED, TRIED, HOSTILE };

const shown = (report: RehearsalReport, options = {}) =>
  written((page) => showRehearsal(report, page), options);

Deno.test("a rehearsal that found nothing says so first, and the upgrade last", () => {
  assert.equal(
    shown(rehearsalWith()),
    `Rehearsed 1 revision on a copy of backup db_backup_20261122_020000, data of
${TAKEN}: nothing found.
   REVISION      WHAT                  TOOK  LOCKS OUT  REWRITES  ROWS  DOWN
✓  0a7c6e4d8f13  close every auction  41 ms  nobody                     lossless
Measured on the copy (19 MB, made in 2.1 s), where nobody else works; rows of
tables are the planner's. Image auction-web:latest. 12.4 s in all.

The models agree with the upgraded copy.

Next: oakum upgrade 0a7c6e4d8f13
`,
  );
});

Deno.test("a finding comes with its cause, its place, a safer way and how to accept it", () => {
  assert.equal(
    shown(FOUND),
    `Rehearsed 2 revisions on a copy of backup db_backup_20261122_020000, data of
${TAKEN}: 1 finding stops the upgrade, 1 warning.
   REVISION      WHAT                    TOOK  LOCKS OUT          ROWS  DOWN
✗  4f1c09ab27de  move addresses out o…  1.2 s  everybody 970 ms  1,101  lossy
✓  0a7c6e4d8f13  close every auction    41 ms  nobody                   lossless
Measured on the copy (19 MB, made in 2.1 s), where nobody else works; rows of
tables are the planner's. Image auction-web:latest. 12.4 s in all.

4f1c09ab27de  move addresses out of users
  locks everybody out of public.users for up to 970 ms (ACCESS EXCLUSIVE)
  rewrites public.users (15 MB, about 300,000 rows)
  updates 1,000 and deletes 101 rows
  takes away the column public.users.address with 2,000 values
  its downgrade does not bring all data back
  after its downgrade: type "order_state" is left behind by the downgrade of
    4f1c09ab27de
  lost with its downgrade: 12 values of public.users.address
  lost with its downgrade: 101 rows of public.bids
  ✗ rewrite-over: Rewrites public.users (15 MB, about 300,000 rows) and locks
    everybody out of it for 970 ms: the type of a column is changed.
    /srv/app/migrations/versions/4f1c09ab27de_move_addresses.py:21
    Safer:
      op.add_column("users", sa.Column("id_new", sa.BigInteger()))
      # backfill in batches, then swap in a later revision
      op.alter_column("users", "id_new", new_column_name="id")
    To accept it: \`--allow rewrite-over\`, or \`rehearsal.rules\` in oakum.yaml,
    \`rewrite-over: off\`.
  ! many-things: Does 3 unrelated things: a failure in one keeps the others from
    being applied.
    To accept it: \`rehearsal.rules\` in oakum.yaml, \`many-things: off\`.

The models agree with the upgraded copy.

Next: mend it, then oakum rehearse; or accept it:
oakum upgrade 0a7c6e4d8f13 --allow rewrite-over
`,
  );
});

Deno.test("a revision that fails is told with its details, and what was not reached is marked", () => {
  const text = shown(BROKEN);
  const [verdict = ""] = text.split("\n   REVISION");
  assert.match(
    verdict.replaceAll("\n", " "),
    /^Rehearsed 2 of 3 revisions .*: 0a7c6e4d8f13 fails, 1 finding stops the upgrade\.$/,
  );
  assert.match(text, /^✗ {2}0a7c6e4d8f13 .* not tried$/m);
  assert.match(text, /^· {2}77aa09ab27de .* not reached/m);
  const details = String
    .raw`\n {4}/srv/.*\.py:17\n {6}alter table auctions .*\n {6}psycopg.*\n {8}at`;
  assert.match(
    text,
    new RegExp(`^ {2}✗ upgrade-fails: column "status" of .*${details} row 12`, "m"),
  );
  assert.doesNotMatch(text, /it fails|To accept it/);
  assert.match(
    shown(UNJUDGED),
    new RegExp(`^ {2}✗ it fails: column "status" of .*${details}`, "m"),
  );
  assert.match(text, /\nNext: mend it, then oakum rehearse\n$/);
});

Deno.test("what goes wrong on the way back and with the app is told, an allowed finding briefly", () => {
  const text = shown(TRIED);
  for (
    const expected of [
      /^Rehearsed 3 revisions on a copy of \/srv\/old\.sql: 1 finding stops the upgrade, 1\nwarning, 1 finding allowed by name\.$/m,
      /^ {2}✗ its downgrade fails: column "status"/m,
      /^ {2}takes away the table public\.archive with 1,234,567 rows$/m,
      /^ {2}it has no way back: its downgrade is missing, or refuses$/m,
      /^ {2}up once more, it makes another schema than the first time$/m,
      /^ {2}its downgrade brings back all but the order of columns$/m,
      /^ {2}✗ up once more, it fails: column/m,
      /^ {2}· no-docstring, allowed: Has no docstring\.\n {4}\S+:21\n\n/m,
      /^The models differ from the upgraded copy, 2 operations; 1 known difference:\n {2}add_column bids\.note$/m,
      /^✗ `pytest -q` ended with exit code 1 on the new schema after 12\.0 s\n {4}F\.\n/m,
      /^✓ the app starts on the new schema and is healthy\n {2}\(`http:\/\/localhost:8000\/health`\) after 3\.1 s\n\S/m,
      /^No extension vector is in the image/m,
    ]
  ) assert.match(text, expected);
});

Deno.test("what a finding tells is not told again", () => {
  const rules = ["data-lost", "downgrade-lossy", "not-repeatable"];
  const findings = rules.map((rule) => findingWith({ rule, fix: null, text: `Tells of ${rule}.` }));
  const again = { same: false, failure: null, differences: [] };
  const text = shown(rehearsalWith({
    verdict: "failed",
    revisions: [{ ...DEAR, again, findings }],
    drift: { fresh: ["add_table x"], known: [], unknown: null },
    findings: [findingWith({ rule: "model-drift", level: "warn", revision: null })],
  }));
  for (const rule of rules) assert.match(text, new RegExp(`✗ ${rule}: Tells of`));
  assert.doesNotMatch(text, /takes away|its downgrade|up once more|The models differ/);
  assert.match(text, /rewrites public\.users/);
});

Deno.test("warnings stop nothing, and an empty database leads to one with data", () => {
  const warned = rehearsalWith({
    verdict: "warnings",
    data: { source: "empty", name: null, takenAt: null, bytes: 0 },
    revisions: [revisionWith({ findings: [findingWith({ level: "warn" })] })],
    drift: { fresh: [], known: [], unknown: "env.py has no target_metadata" },
  });
  const text = shown(warned);
  assert.match(
    text,
    /^Rehearsed 1 revision on an empty database: nothing stops the upgrade, 1 warning\.$/m,
  );
  assert.match(text, /^! {2}0a7c6e4d8f13/m);
  assert.match(text, /^Measured on an empty database, where every step is quick/m);
  assert.match(text, /^The models were not compared: env\.py has no target_metadata$/m);
  assert.match(text, /\nNext, on the data of a backup: oakum rehearse\n$/);
});

Deno.test("--verbose names every statement, and what became of the schema", () => {
  const text = shown(FOUND, { verbose: true });
  assert.match(text, /^ {2}970 ms: ALTER TABLE users ALTER COLUMN id TYPE bigint$/m);
  assert.match(text, /^ {2}83 ms, 1000 times: INSERT INTO addresses VALUES/m);
  assert.match(text, /^ {2}table "addresses" is new$/m);
});

Deno.test("the table shows what is rewritten where there is room", () => {
  assert.match(
    shown(FOUND, { columns: 110 }),
    /everybody 970 ms {2}public\.users 15 MB {2}1,101 {2}lossy$/m,
  );
});

Deno.test("a pipe gets one line a revision, with tabs, and times as programs read them", () => {
  const text = shown(FOUND, { terminal: false });
  assert.match(text, /data of 2026-11-22T02:00:00Z: 1 finding stops/);
  const rows = text.split("\n").filter((line) => line.includes("\t"));
  assert.deepEqual(rows, [
    "✗\t4f1c09ab27de\tmove addresses out of users\t1.2 s\teverybody 970 ms\t" +
    "public.users 15 MB\t1,101\tlossy",
    "✓\t0a7c6e4d8f13\tclose every auction\t41 ms\tnobody\t\t\tlossless",
  ]);
});

Deno.test("prose and table fit 80 columns; what is to be copied is left whole", () => {
  for (const [name, report] of Object.entries(REPORTS)) {
    for (const line of shown(report, { verbose: true }).split("\n")) {
      const copied = line.startsWith("      ") || !line.trim().includes(" ");
      assert.ok(width(line) <= 80 || copied, `${name}: ${line}`);
    }
  }
});

Deno.test("colours change nothing but the colour", () => {
  for (const report of Object.values(REPORTS)) {
    const { channel, sink } = memoryChannel({ colour: true });
    showRehearsal(report, pageOn(channel, new Date("2026-11-22T14:44:00Z"), false));
    assert.equal(withoutColours(sink.text), shown(report));
    assert.notEqual(sink.text, shown(report));
  }
});

Deno.test("hostile names, statements and outputs stay within their lines, and visible", () => {
  const text = shown(HOSTILE, { verbose: true });
  // deno-lint-ignore no-control-regex -- what must not be there
  assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f\u202e]/);
  assert.doesNotMatch(text, /^::error/m);
  assert.match(text, /\\x1b\[31m/);
  assert.match(text, /\\u\{202e\}/);
});
