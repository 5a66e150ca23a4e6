import { newRunId } from "../../../src/core/run.ts";
import { Alembic } from "../../../src/migrators/alembic/alembic.ts";
import { readExpectation } from "../../../src/operations/migrate/read_both.ts";
import { dataLost } from "../../../src/operations/rehearse/data_loss.ts";
import { measureMove } from "../../../src/operations/rehearse/measure.ts";
import { judgeRevision } from "../../../src/operations/rehearse/rules/judge.ts";
import { parseRules } from "../../../src/operations/rehearse/rules/settings.ts";
import { differenceText, schemaDifferences } from "../../../src/postgres/fingerprint.ts";
import { ServerSession } from "../../../src/postgres/session.ts";
import { openShop } from "../migrate/shop.ts";
import { type Case, RULES, setup } from "./corpus/case.ts";
import { BASE, chain } from "./corpus/chain.ts";
import { BAD_LOCKS } from "./corpus/bad_locks.ts";
import { BAD_DATA } from "./corpus/bad_data.ts";
import { BAD_DOWNGRADES } from "./corpus/bad_downgrades.ts";
import { BAD_HABITS } from "./corpus/bad_habits.ts";
import { GOOD } from "./corpus/good.ts";

const sets: Record<string, readonly Case[]> = {
  BAD_LOCKS,
  BAD_DATA,
  BAD_DOWNGRADES,
  BAD_HABITS,
  GOOD,
};
const which = Deno.args[0] ?? "BAD_LOCKS";
const verbose = Deno.args.includes("-v");
const cases = sets[which]!;
await using shop = await openShop();
const { engine, access } = shop.server;
const runId = newRunId();
await using session = await ServerSession.open(engine, access, runId);
const files = chain(cases, "c");
await using scene = await shop.scene(files);
const { name } = scene.database;
for (const statement of cases.flatMap(setup)) await scene.database.sql.unsafe(statement);
await scene.database.sql.unsafe(
  `create table alembic_version (version_num varchar(32) primary key); insert into alembic_version values ('${BASE.id}')`,
);
await scene.database.sql.end();
{
  const s = shop.server.sql(name, { max: 1 });
  await s`analyze`;
  await s.end();
}
const admin = shop.server.sql("postgres", { max: 1 });
const migrator = new Alembic(
  { engine, id: shop.app.name },
  { python: shop.python, user: undefined, environment: { DATABASE_URL: scene.url } },
  { working_dir: scene.inside, config: "alembic.ini", name: undefined, python_path: [], x: [] },
  `oakum/${runId}/app`,
);
const read = await migrator.read({ database: true }, AbortSignal.timeout(60_000));
const signal = new AbortController().signal;
async function move(id: string, direction: "upgrade" | "downgrade") {
  const sql = session.sql(name, { max: 3 });
  try {
    const revision = read.graph.get(id);
    const [below, above] = [revision.down, [id]];
    const [headsBefore, headsAfter] = direction === "upgrade" ? [below, above] : [above, below];
    return await measureMove(
      {
        sql,
        migrator,
        expect: await readExpectation(sql),
        runId,
        table: read.databases[0]!.versionTable,
        emit: () => {},
        timeoutMs: 60_000,
        lockTimeoutMs: 3000,
      },
      { direction, revision, headsBefore, headsAfter },
      signal,
    );
  } finally {
    await sql.end({ timeout: 1 });
  }
}
const template = (to: string, from: string) =>
  admin.unsafe(`create database "${to}" template "${from}"`);
const drop = (db: string) => admin.unsafe(`drop database if exists "${db}" with (force)`);
async function lost(before: string, after: string) {
  const [a, b] = [shop.server.sql(before, { max: 2 }), shop.server.sql(after, { max: 2 })];
  try {
    return await dataLost(a as never, b as never, { tables: "all", signal } as never);
  } finally {
    await a.end();
    await b.end();
  }
}
const settings = parseRules(RULES);
let bad = 0;
try {
  for (const [at, one] of cases.entries()) {
    const id = files[at + 1]!.id;
    const revision = read.graph.get(id);
    const [kept, up] = [`${name}_k`, `${name}_u`];
    await drop(kept);
    await drop(up);
    await template(kept, name);
    const upgrade = await move(id, "upgrade");
    if (upgrade.failure) console.log("UPGRADE FAILED", id, upgrade.failure);
    await template(up, name);
    const upLost = await lost(kept, name);
    const down = await move(id, "downgrade");
    const downLost = down.failure ? [] : await lost(kept, name);
    const differences = down.failure
      ? []
      : schemaDifferences(upgrade.before.fingerprint, down.after.fingerprint).map(differenceText);
    const cosmetic = differences.length > 0 &&
      differences.every((d) =>
        /#\d/.test(d) &&
        d.replaceAll(/#\d+ /g, "").match(/differs: (.*) became (.*)/)?.slice(1, 3).reduce((a, b) =>
            a === b ? "same" : "no"
          ) === "same"
      );
    const verdict = down.failure
      ? (["raises", "missing"].includes(down.failure.kind) ? "none" : "fails")
      : downLost.length > 0
      ? "lossy"
      : differences.length === 0
      ? "lossless"
      : cosmetic
      ? "cosmetic"
      : "differs";
    const again = down.failure || revision.downgrade === "empty" ? null : await move(id, "upgrade");
    const findings = judgeRevision({
      revision: id,
      doc: revision.doc,
      file: revision.path,
      sha256: revision.sha256,
      upgrade: upgrade.measured,
      failure: upgrade.failure,
      changes: schemaDifferences(upgrade.before.fingerprint, upgrade.after.fingerprint).map(
        differenceText,
      ),
      lost: upLost,
      fingerprintBefore: upgrade.before.fingerprint.sha256,
      fingerprintAfter: upgrade.failure ? null : upgrade.after.fingerprint.sha256,
      downgrade: {
        verdict,
        measured: down.measured,
        failure: down.failure,
        differences,
        lost: downLost,
      },
      again: again &&
        {
          same: !again.failure &&
            again.after.fingerprint.sha256 === upgrade.after.fingerprint.sha256,
          failure: again.failure,
        },
      findings: [],
    }, {
      revision,
      settings,
      allowed: new Set(),
      before: upgrade.before.fingerprint.rows,
      after: upgrade.after.fingerprint.rows,
      rows: new Map(
        upgrade.before.tables.map(({ oid, rows }) => [
          upgrade.before.relations.find((r) => r.oid === oid)!.name,
          rows,
        ]),
      ),
    });
    const got = findings.map(({ rule }) => rule);
    const ok = JSON.stringify(got) === JSON.stringify(one.rules) &&
      (one.says ?? []).every((re, i) => re.test(findings[i]?.text ?? ""));
    console.log(
      ok ? "ok  " : "BAD ",
      id,
      one.name,
      ok ? "" : `${JSON.stringify(got)} wanted ${JSON.stringify(one.rules)}`,
      verdict,
    );
    if (!ok) bad++;
    if (!ok || verbose) {
      for (const f of findings) {
        console.log(
          "   -",
          f.level,
          f.rule,
          `${f.file}:${f.line}`,
          f.text,
          verbose ? "\n" + f.fix : "",
        );
      }
      if (!ok) {
        console.log(
          JSON.stringify(
            {
              st: upgrade.measured?.statements,
              locks: upgrade.measured?.locks,
              tables: upgrade.measured?.tables,
              upLost,
              downLost,
              differences,
              f: down.failure,
              again: again?.failure,
            },
            null,
            1,
          ),
        );
      }
    }
    // On to the next from what the upgrade made.
    await drop(name);
    await admin.unsafe(`alter database "${up}" rename to "${name}"`);
  }
} finally {
  await drop(`${name}_k`);
  await drop(`${name}_u`);
  await admin.end();
}
console.log(bad === 0 ? "ALL OK" : `${bad} BAD`);
