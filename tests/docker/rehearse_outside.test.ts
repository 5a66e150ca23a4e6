import assert from "node:assert/strict";
import type { RevisionFile } from "./migrate/project.ts";
import { appService, dbService, Stage, TWO } from "./rehearse/stage.ts";

/** Uses what an init script made, makes roles and a schema that the live server has, and keeps a log. */
const REVISIONS: readonly RevisionFile[] = [
  TWO[0]!,
  {
    id: "bbbb2",
    down: "aaaa1",
    head: ["log = open('upgrade.log', 'a')", "MADE = 'app' + '_rw', 're' + 'ports'"],
    upgrade: [
      'op.execute("create table audit.words (word citext)")',
      'op.execute("create role app_ro")',
      "op.execute('create role %s login' % MADE[0])",
      "op.execute('create schema %s' % MADE[1])",
      "print('done', file=log, flush=True)",
    ],
    downgrade: [
      "op.execute('drop schema %s' % MADE[1])",
      "op.execute('drop role app_ro, %s' % MADE[0])",
      'op.execute("drop table audit.words")',
    ],
  },
];

const OUTSIDE = `
  create schema audit;
  create extension citext schema audit;
  alter database shop set search_path = public, audit;
  create role app_ro;
  create role app_rw login;
  create schema reports;
  grant usage on schema audit to app_ro`;

Deno.test("rehearse() must go on from empty past what lies outside of the revisions", async (t) => {
  const services = { db: await dbService(), app: await appService() };
  await using stage = await Stage.open({ services, revisions: REVISIONS });
  await stage.ask(OUTSIDE);

  await t.step("but say which file a revision writes beside the code", async () => {
    const { code, message, hint } = await stage.fails("--from-empty");
    assert.equal(code, "broken-revision", message);
    assert.match(message, /^In the copy of the app: .*it writes \/srv\/app\/upgrade\.log, /);
    assert.match(message, /versions\/bbbb2\.py:\d+: log = open/);
    assert.match(hint ?? "", /"rehearsal: \{writable: \[\/srv\/app\/upgrade\.log\]\}"/);
  });

  await t.step("with the file writable, the schemas made and the roles left out", async () => {
    await stage.set({ rehearsal: { writable: ["/srv/app/upgrade.log"] } });
    const { revisions, warnings } = await stage.rehearses(0, "--from-empty");
    assert.deepEqual(revisions.map(({ failure }) => failure), [null, null]);
    assert.deepEqual(revisions.map(({ downgrade }) => downgrade.verdict), ["lossless", "lossless"]);
    const all = warnings.join("\n");
    assert.match(
      all,
      /given what the live server has .*: schema audit, schema reports, extension citext\./,
    );
    for (const what of ["role app_ro", "role app_rw", "schema reports"]) {
      assert.match(
        all,
        new RegExp(`The ${what} of the live server was left out: a revision makes it`),
      );
    }
    assert.equal(await stage.exec("app", "ls", "/srv/app/upgrade.log").catch(() => "none"), "none");
  });

  await t.step("as doctor --locate does, which finds nothing wrong there", async () => {
    await stage.ask(
      "create table audit.words (word audit.citext); update alembic_version set version_num = 'bbbb2'",
    );
    const { stdout } = await stage.start("doctor", "--locate").ended();
    const { place } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "{}");
    assert.deepEqual([place.verdict, place.failures, place.left], ["in-step", [], []], stdout);
    assert.match(place.made.join("\n"), /The role app_ro of the live server was left out/);
  });
});
