import assert from "node:assert/strict";
import { OakumError } from "../../../src/core/errors.ts";
import type { AppTarget, Target } from "../../../src/targets/target.ts";
import { findTarget, MIGRATIONS, psql, searcher, TestStack, wish } from "../stack.ts";

/** The stack of a whole file; each test adds the services that it is about. */
export let shop: TestStack;
/** The container of its server. */
export let server: string;
/** The password of its owner; one that an address has to encode. */
export const PASSWORD = "p@ss:w/rd %41";
/** The same, as an address has it. */
export const ENCODED = encodeURIComponent(PASSWORD);

Deno.test.beforeAll(async () => {
  shop = await TestStack.create();
  server = await shop.addServer("db", {
    options: [
      ...["--env", "POSTGRES_USER=owner", "--env", `POSTGRES_PASSWORD=${PASSWORD}`],
      ...["--env", "POSTGRES_DB=shop", "--volume", `${shop.folder}/run:/var/run/postgresql`],
    ],
  });
  await psql(server, "owner", "create database stock");
});

Deno.test.afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});

/** An address of the stack's server, as SQLAlchemy takes it. */
export const url = (host = "db", name = "shop") =>
  `postgresql+psycopg://owner:${ENCODED}@${host}/${name}`;
/** Options of `docker run` for variables. */
export const environment = (variables: Record<string, string>) =>
  Object.entries(variables).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
/** Options that mount the migrations of this repository. */
export const SCRIPTS = ["--volume", `${MIGRATIONS}:/srv/app:ro`];
/** Options of an app that is told its database by one address. */
export const withUrl = (text: string) => [...environment({ DATABASE_URL: text }), ...SCRIPTS];

/** Services that are there for one test only. */
export async function withServices(
  services: readonly string[],
  test: () => Promise<void>,
): Promise<void> {
  try {
    await test();
  } finally {
    await shop.remove(...services);
  }
}

/** What is found in the stack. */
export async function found(
  flags: Parameters<typeof wish>[1] = {},
  wanted: Parameters<typeof wish>[2] = {},
): Promise<Target> {
  return await findTarget(await searcher(), await wish(shop.folder, flags, wanted));
}

/** The app of a target that must have one. */
export async function appOf(target: Promise<Target>): Promise<AppTarget> {
  const { app } = await target;
  assert.ok(app);
  return app;
}

/** Asserts an error of finding: its code, its words, and that it tells no password. */
export const fails = (code: string, message: RegExp, hint: RegExp) => (error: unknown) => {
  assert.ok(error instanceof OakumError, String(error));
  assert.deepEqual([error.code, error.outcome], [code, "notFound"], error.message);
  assert.match(error.message, message);
  assert.match(error.hint ?? "", hint);
  assert.doesNotMatch(JSON.stringify([error.message, error.hint, error.data]), /p@ss|p%40ss/);
  return true;
};

/** An Alembic project of one file, whose `env.py` is given. */
export async function project(name: string, envPy: string, ini = ""): Promise<readonly string[]> {
  const folder = `${shop.folder}/${name}`;
  await Deno.mkdir(`${folder}/versions`, { recursive: true });
  await Deno.writeTextFile(
    `${folder}/alembic.ini`,
    `[alembic]\nscript_location = %(here)s\n${ini}\n`,
  );
  await Deno.writeTextFile(`${folder}/env.py`, envPy);
  await Deno.writeTextFile(
    `${folder}/versions/one.py`,
    `revision = "${name}"\ndown_revision = None\n`,
  );
  return ["--volume", `${folder}:/srv/app:ro`];
}

/** An env.py that connects to an expression. */
export const ENV_PY = (where: string) => `
from alembic import context
from sqlalchemy import create_engine
with create_engine(${where}).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
`;
