import assert from "node:assert/strict";
import type { ImageName } from "../../../docker/catalogue.ts";
import { findCommand, parseInterpreter } from "../../../src/migrators/alembic/interpreters.ts";
import { downgradeSteps, upgradeSteps } from "../../../src/migrators/alembic/resolve.ts";
import { RevisionGraph, revisionsOf } from "../../../src/migrators/alembic/revisions.ts";
import { server } from "../fixtures.ts";
import { type App, headsIn, leadingTo, probe, resultOf, startApp } from "./program.ts";

/** Alembic from 1.8 to the newest, SQLAlchemy from 1.4, three drivers, four ways to install. */
const APPS: readonly (readonly [ImageName, driver: string, alembic: RegExp])[] = [
  ["app", "psycopg", /^1\.\d{2}\./],
  ["app-1-16", "psycopg", /^1\.16\.0$/],
  ["app-system", "psycopg2", /^1\.13\.2/],
  ["app-async-old", "asyncpg", /^1\.10\.0$/],
  ["app-system-bookworm", "psycopg2", /^1\.8\.1$/],
  ["app-oldest", "psycopg2", /^1\.8\.0$/],
  ["app-poetry", "asyncpg", /^1\.\d{2}\./],
  ["app-uv", "psycopg2", /^1\.\d{2}\./],
];

/** The others undo the merge, the branches and the dependency: each step takes its time. */
const ALL_THE_WAY_DOWN: readonly ImageName[] = ["app", "app-async-old", "app-oldest"];

const SETTINGS = {
  application_name: "oakum/t",
  lock_timeout: "3s",
  statement_timeout: "0",
  transaction_timeout: "0",
  idle_in_transaction_session_timeout: "10min",
  client_connection_check_interval: "2s",
};

for (const [image, driver, alembic] of APPS) {
  Deno.test(`${image} with ${driver} goes up and down one exact step at a time`, async () => {
    const postgres = await server("postgres17");
    await using database = await postgres.createDatabase();
    await using app = await startApp(postgres, { image, python: await interpreterOf(image) });
    const env = leadingTo(database, driver);

    const found = await probe(app, { db: true }, env);
    assert.match(found.alembic, alembic);
    assert.equal(found.database_error, undefined, JSON.stringify(found.database_error));
    assert.equal(found.databases?.[0]?.driver, driver);
    assert.equal(found.databases?.[0]?.has_version_table, false);
    const graph = new RevisionGraph(revisionsOf(found.revisions));

    const up = upgradeSteps(graph, "heads", []);
    assert.equal(up.length, 8);
    for (const step of up) await take(app, env, step);
    assert.deepEqual(await headsIn(database), graph.heads("all").toSorted());
    const check = resultOf(await app.run("commands", { do: { check: {} } }, env));
    assert.deepEqual(check["operations"], []);

    const target = ALL_THE_WAY_DOWN.includes(image) ? "base" : "art0002";
    const down = downgradeSteps(graph, target, graph.heads("all"));
    for (const step of down) await take(app, env, step);
    assert.deepEqual(await headsIn(database), target === "base" ? [] : ["art0002", "bank002"]);
    const tables = await database.sql`select 1 from pg_tables where schemaname = 'public'`;
    assert.equal(tables.length, target === "base" ? 1 : 3, "with the version table");
  });
}

async function take(
  app: App,
  env: Record<string, string>,
  step: ReturnType<typeof upgradeSteps>[number],
): Promise<void> {
  const ended = await app.run("step", {
    do: { [step.direction]: step.revision.id },
    heads: step.headsBefore,
    settings: SETTINGS,
  }, env);
  assert.deepEqual(resultOf(ended)["heads"], [...step.headsAfter].sort(), step.revision.id);
  assert.deepEqual(ended.lines[0]?.event === "connect" && ended.lines[0].settings, SETTINGS);
  assert.ok(ended.lines.some(({ event }) => event === "commit"));
  assert.match(ended.stderr, /env.py says hello/);
}

/** The first interpreter that is found is the one that the app runs with. */
async function interpreterOf(image: ImageName): Promise<string> {
  const postgres = await server("postgres17");
  await using app = await startApp(postgres, { image });
  const first = parseInterpreter(await app.container.exec(...findCommand()));
  assert.ok(first, `no interpreter in ${image}`);
  return first;
}
