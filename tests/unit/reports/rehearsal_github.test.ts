import assert from "node:assert/strict";
import type { RehearsalReport } from "../../../src/reports/rehearsal.ts";
import { rehearsalGithub } from "../../../src/reports/rehearsal_github.ts";
import {
  BROKEN,
  findingWith,
  FOUND,
  HOSTILE,
  rehearsalWith,
  revisionWith,
  TRIED,
  UNJUDGED,
} from "./rehearsals.ts";

/** `/srv/app` is the repository. */
const hostPath = (file: string) =>
  file.startsWith("/srv/app/") ? file.slice("/srv/app/".length) : undefined;

const lines = (report: RehearsalReport, path = hostPath) =>
  rehearsalGithub(report, path).trimEnd().split("\n");

Deno.test("findings stand at their lines, those that stop first", () => {
  assert.deepEqual(lines(FOUND), [
    "::error title=Rehearsal::Rehearsed 2 revisions on a copy of backup " +
    "db_backup_20261122_020000, data of 2026-11-22T02:00:00Z: 1 finding stops the upgrade, " +
    "1 warning.",
    "::error file=migrations/versions/4f1c09ab27de_move_addresses.py,line=21," +
    "title=4f1c09ab27de%3A rewrite-over::Rewrites public.users (15 MB, about 300,000 rows) and " +
    "locks everybody out of it for 970 ms: the type of a column is changed.%0A%0ASafer:%0A" +
    'op.add_column("users", sa.Column("id_new", sa.BigInteger()))%0A' +
    "# backfill in batches, then swap in a later revision%0A" +
    'op.alter_column("users", "id_new", new_column_name="id")',
    "::warning file=migrations/versions/4f1c09ab27de_move_addresses.py," +
    "title=4f1c09ab27de%3A many-things::Does 3 unrelated things: a failure in one " +
    "keeps the others from being applied.",
  ]);
});

Deno.test("a rehearsal that passed is a notice, and a failed revision an error at its line", () => {
  assert.deepEqual(lines(rehearsalWith()), [
    "::notice title=Rehearsal::Rehearsed 1 revision on a copy of backup " +
    "db_backup_20261122_020000, data of 2026-11-22T02:00:00Z: nothing found.",
  ]);
  const [, judged = ""] = lines(BROKEN);
  assert.match(
    judged,
    /,line=17,title=0a7c6e4d8f13%3A upgrade-fails::column .*values\.%0Aalter table .*%0A%0ASafer:%0A/,
  );
  assert.equal(lines(BROKEN).length, 2);
  const [, failed = ""] = lines(UNJUDGED);
  assert.match(
    failed,
    /^::error file=migrations\/.*_close_every_auction\.py,line=17,title=0a7c6e4d8f13%3A it fails::column "status"/,
  );
});

Deno.test("a file outside the repository leaves the annotation without a place", () => {
  assert.match(
    lines(FOUND, () => undefined)[1] ?? "",
    /^::error title=4f1c09ab27de%3A rewrite-over::/,
  );
});

Deno.test("what was allowed is a notice, what goes wrong on the way back a warning", () => {
  const said = lines(TRIED).map((line) => line.replace(/::(\w+).*?title=(.*?)::.*/, "$1 $2"));
  assert.deepEqual(said, [
    "error Rehearsal",
    "error app-command-fails",
    "warning aaaa00000001%3A its downgrade fails",
    "warning aaaa00000003%3A up once more%2C it fails",
    "warning out-of-order",
    "warning Rehearsal",
    "notice 4f1c09ab27de%3A no-docstring",
  ]);
});

Deno.test("a trial that fails is an error only where its finding stops the upgrade", () => {
  const { trials } = TRIED;
  const finding = findingWith({ rule: "app-command-fails", revision: null });
  const told = (findings: RehearsalReport["findings"]) =>
    lines(rehearsalWith({ trials, findings }))
      .map((line) => line.replace(/::(\w+).*?title=(.*?)::.*/, "$1 $2"))
      .filter((line) => !line.endsWith("Rehearsal"));
  assert.deepEqual(told([finding]), ["error app-command-fails"]);
  assert.deepEqual(told([{ ...finding, allowed: true }]), ["notice app-command-fails"]);
  assert.deepEqual(told([{ ...finding, level: "warn" }]), ["warning app-command-fails"]);
  assert.deepEqual(told([]), ["notice App"]);
});

Deno.test("nothing that a project names is a command to the runner, or another property", () => {
  const evil = "a,line=1::x%0Ay:\r\n::set-env name=A::b";
  const revisions = [revisionWith({
    findings: [findingWith({ revision: evil, text: evil, file: `/srv/app/${evil}`, line: 2 })],
  })];
  const output = lines(rehearsalWith({ verdict: "failed", revisions }));
  assert.equal(output.length, 2);
  assert.equal(
    output[1],
    "::error file=a%2Cline=1%3A%3Ax%250Ay%3A\\r\\n%3A%3Aset-env name=A%3A%3Ab,line=2," +
      "title=a%2Cline=1%3A%3Ax%250Ay%3A\\r\\n%3A%3Aset-env name=A%3A%3Ab%3A rewrite-over" +
      "::a,line=1::x%250Ay:%0A::set-env name=A::b",
  );
  for (const line of lines(HOSTILE)) {
    assert.match(line, /^::(?:error|warning|notice) (?:[a-z]+=[^,]*?,?)+::/);
    // deno-lint-ignore no-control-regex -- what must not be there
    assert.doesNotMatch(line, /[\x00-\x1f\u202e]/);
  }
});
