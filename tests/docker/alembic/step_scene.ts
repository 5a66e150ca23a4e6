import { server, type TestDatabase } from "../fixtures.ts";
import { type App, type AppOptions, leadingTo, startApp } from "./program.ts";

const POETRY = "/home/app/.cache/pypoetry/virtualenvs/auction-Q3fXy9Zk-py3/bin/python";

/** An app whose driver is asyncpg. */
export const ASYNC: AppOptions = { image: "app-poetry", python: POETRY };

/** The step of the first revision, and of the one that a test adds after it. */
export const FIRST = { do: { upgrade: "art0001" }, heads: [] };
export const ADDED = { do: { upgrade: "extra01" }, heads: ["art0001"] };

/** A database and an app that leads to it, for one test. */
export async function scene(given: AppOptions = {}) {
  const stack = new AsyncDisposableStack();
  const postgres = await server("postgres17");
  const database = stack.use(await postgres.createDatabase());
  const app = stack.use(await startApp(postgres, given));
  const env = leadingTo(database, given === ASYNC ? "asyncpg" : "psycopg");
  const step = (args: object) => app.run("step", args, env);
  return { database, app, env, step, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** A revision that follows the first one, with the body of its upgrade(). */
export async function addRevision(app: App, body: readonly string[]): Promise<string> {
  const id = "extra01";
  const lines = body.map((line) => `    ${line}`);
  const text = ["import sqlalchemy as sa", "from alembic import op", "", `revision = "${id}"`];
  const rest = ['down_revision = "art0001"', "", "def upgrade():", ...lines];
  await app.write(`versions/${id}.py`, [...text, ...rest, ""].join("\n"));
  return id;
}

/** Whether a database has no tables. */
export async function isEmpty({ sql }: TestDatabase): Promise<boolean> {
  return (await sql`select 1 from pg_tables where schemaname = 'public'`).length === 0;
}
