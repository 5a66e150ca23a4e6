import assert from "node:assert/strict";
import { server } from "../fixtures.ts";
import { ASYNC } from "./step_scene.ts";
import { FOLDER, leadingTo, probe, startApp } from "./program.ts";

/** What an env.py does, the cause that is told, and a value or the words that come with it. */
const TABLE: readonly (readonly [code: string, cause: string | null, told: RegExp])[] = [
  [
    "from pydantic_settings import BaseSettings, SettingsConfigDict\n" +
    "class Settings(BaseSettings):\n" +
    "    model_config = SettingsConfigDict(env_prefix='shop_')\n" +
    "    database_url: str = 'x'\n    secret_key: str\n" +
    "Settings()",
    "bad-settings",
    /"prefix":"shop_","fields":\[\{"name":"secret_key","problem":"Field required","missing":true/,
  ],
  [
    "try:\n    os.environ['JWT']\nexcept KeyError:\n    raise RuntimeError('no')",
    "no-variable",
    /"JWT"/,
  ],
  [
    "import sqlalchemy\nsqlalchemy.create_engine(os.getenv('DB_URL'))",
    "no-variable",
    /"name":"DB_URL"/,
  ],
  ["{}['plain']", null, /KeyError.*'plain'/],
  [
    "import sqlalchemy\nsqlalchemy.create_engine('postgresql+asyncpg://x/y')",
    "no-driver",
    /"module":"asyncpg","python":"\/srv\/venv\/bin\/python"/,
  ],
  [
    "import sqlalchemy\nsqlalchemy.create_engine('postgres://x/y')",
    "no-dialect",
    /"dialect":"postgres"/,
  ],
  ["import app.models", "no-module", /"module":"app"/],
  [
    "context.config.set_main_option('sqlalchemy.url', 'postgresql://a:p%40ss-word@db/x')",
    "percent",
    /interpolation syntax: a % in a value must be written %%"/,
  ],
  ["context.get_x_argument(as_dictionary=True)['tenant']", "no-argument", /"name":"tenant"/],
  ["context.get_x_argument()[0]", "no-argument", /IndexError/],
  [
    "import logging.config\nlogging.config.dictConfig({'version': 1, 'root': {'handlers': ['f']}, " +
    "'handlers': {'f': {'class': 'logging.FileHandler', 'filename': '/sys/a.log'}}})",
    "read-only",
    /"path":"\/sys\/a\.log"/,
  ],
  ["open('settings.toml')", "no-file", new RegExp(`"path":"${FOLDER}/settings.toml"`)],
  ["raise ValueError('one\\n  two\\n\\nthree')", null, /"message":"one two three"/],
  [
    "raise RuntimeError(dict(os.environ))",
    null,
    /'API_TOKEN': \\"\*\*\*\\", 'QUEUE': 'amqp:\/\/me:\*{3}@/,
  ],
];

Deno.test("a failing env.py is told with its cause, what belongs to it, and no secret", async () => {
  const postgres = await server("postgres17");
  await using database = await postgres.createDatabase();
  await using app = await startApp(postgres, { image: "app-extras" });
  const secrets = { API_TOKEN: "tok'en-123456", QUEUE: "amqp://me:rabbit-pw@mq/x" };
  for (const [code, cause, told] of TABLE) {
    await app.write("env.py", `import os\nfrom alembic import context\n${code}\n`);
    const found = await probe(app, { db: true }, { ...leadingTo(database), ...secrets });
    const failure = found.database_error;
    const all = JSON.stringify(failure);
    assert.equal(failure?.cause, cause, all);
    assert.match(all, told);
    assert.deepEqual([failure.file, failure.line! > 2], [`${FOLDER}/env.py`, true]);
    assert.doesNotMatch(all, /rabbit-pw|en-123456|p%40ss-word/);
  }
});

Deno.test("a login that is refused is told as a connection, whatever the driver raises", async () => {
  await using app = await startApp(await server("postgres17"), ASYNC);
  for (
    const address of ["postgres:sesame-0pen@127.0.0.1/nowhere", "who:wrong-word@127.0.0.1/postgres"]
  ) {
    const env = { DATABASE_URL: `postgresql+asyncpg://${address}` };
    const { database_error: failure } = await probe(app, { db: true }, env);
    assert.deepEqual(
      [failure?.kind, failure?.cause],
      ["connection", "connection"],
      failure?.message,
    );
    assert.doesNotMatch(JSON.stringify(failure), /wrong-word/);
  }
});

Deno.test("a revision that cannot be imported tells why as env.py does", async () => {
  await using app = await startApp(await server("postgres17"));
  const text = (line: string) => `${line}\nrevision = "odd"\ndown_revision = None\n`;
  await app.write("versions/odd.py", text("open('/sys/upgrade.log', 'a')"));
  const { lines } = await app.run("probe", {});
  const last = lines.at(-1);
  assert.ok(last?.event === "failed");
  assert.deepEqual(
    [last.error.kind, last.error.cause, last.error.data, last.error.line],
    ["broken-revision", "read-only", { path: "/sys/upgrade.log" }, 1],
  );
});
