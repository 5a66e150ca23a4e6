import type { ImageName } from "../../../docker/catalogue.ts";
import { newRunId } from "../../../src/core/run.ts";
import type { OakumEvent } from "../../../src/core/events.ts";
import { Alembic } from "../../../src/migrators/alembic/alembic.ts";
import { SingleRuns } from "../../../src/migrators/alembic/program_runs.ts";
import type { Step } from "../../../src/migrators/alembic/resolve.ts";
import type { MigrationProject } from "../../../src/migrators/migrator.ts";
import { readExpectation } from "../../../src/operations/migrate/read_both.ts";
import {
  type MeasuredMove,
  measureMove,
  type MeasuringPlace,
} from "../../../src/operations/rehearse/measure.ts";
import { ServerSession } from "../../../src/postgres/session.ts";
import { type EnvFile, type RevisionFile, table } from "../migrate/project.ts";
import { openShop, type Scene, type Shop, type ShopOptions } from "../migrate/shop.ts";

/** An env.py for asyncpg. */
const ASYNC_ENV = `import asyncio, os
from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine

def work(connection):
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()

async def main():
    engine = create_async_engine(os.environ["DATABASE_URL"])
    async with engine.connect() as connection:
        await connection.run_sync(work)
    await engine.dispose()

asyncio.run(main())
`;

interface Driver {
  readonly image: ImageName;
  readonly driver: string;
  readonly python: string;
  readonly env: EnvFile | string;
}

const POETRY = "/home/app/.cache/pypoetry/virtualenvs/auction-Q3fXy9Zk-py3/bin/python";

/** Apps with the drivers that people have. */
export const DRIVERS: readonly Driver[] = [
  { image: "app", driver: "psycopg", python: "/srv/venv/bin/python", env: {} },
  { image: "app-system", driver: "psycopg2", python: "/usr/bin/python3", env: {} },
  { image: "app-poetry", driver: "asyncpg", python: POETRY, env: ASYNC_ENV },
];

/** An app whose moves are measured, on the shared server. */
export class Measuring implements AsyncDisposable {
  private constructor(
    private readonly shop: Shop,
    private readonly session: ServerSession,
    private readonly runId: string,
    private readonly env: EnvFile | string,
    private readonly address: (url: string) => string,
  ) {}

  static async open(
    { env, ...driver }: Driver = DRIVERS[0]!,
    options: ShopOptions = {},
    address = (url: string) => url,
  ): Promise<Measuring> {
    const shop = await openShop({ ...driver, ...options });
    const { engine, access } = shop.server;
    const runId = newRunId();
    const session = await ServerSession.open(engine, access, runId);
    return new Measuring(shop, session, runId, env, address);
  }

  /** A database with `apples`, 500 rows in it, at revision `aaaa1`; the revisions come after that. */
  async orchard(
    revisions: readonly Partial<RevisionFile>[],
    prepare = "select 1",
  ): Promise<Orchard> {
    const files = revisions.map((given, at): RevisionFile => ({
      ...{ id: `bbbb${at + 1}`, down: at === 0 ? "aaaa1" : `bbbb${at}` },
      ...given,
    }));
    const scene = await this.shop.scene([table("aaaa1", undefined, "apples"), ...files], this.env);
    const { sql } = scene.database;
    // A session that goes on would hand in later what it has counted.
    await sql.unsafe(`
      create table apples (id int primary key, weight int, kind varchar(20));
      insert into apples select n, n, 'kind ' || n from generate_series(1, 500) n;
      analyze apples;
      create table alembic_version (version_num varchar(32) primary key);
      insert into alembic_version values ('aaaa1');
      ${prepare};
      select pg_stat_force_next_flush();`);
    const { engine } = this.shop.server;
    const environment = { DATABASE_URL: this.address(scene.url) };
    const project = { working_dir: scene.inside, config: "alembic.ini", name: undefined };
    const { python, app } = this.shop;
    const host = { engine, id: app.name };
    const migrator = new Alembic(
      new SingleRuns(host, { path: python, user: undefined, environment }),
      python,
      { ...project, python_path: [], x: [] },
      `oakum/${this.runId}/app`,
    );
    const open = (max: number) => this.session.sql(scene.database.name, { max });
    let [pool, reader] = [open(3), open(1)];
    // As a copy does it.
    const connections = () => {
      if (this.session.isLost(pool)) pool = open(3);
      if (this.session.isLost(reader)) reader = open(1);
      return { sql: pool, reader };
    };
    const events: OakumEvent[] = [];
    const read = await migrator.read({ database: true }, AbortSignal.timeout(60_000));
    return new Orchard(scene, read, {
      connections,
      ...{ migrator, expect: await readExpectation(pool), runId: this.runId },
      table: read.databases[0]!.versionTable,
      emit: (event) => void events.push(event),
      timeoutMs: 60_000,
      lockTimeoutMs: 3000,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session[Symbol.asyncDispose]();
    await this.shop[Symbol.asyncDispose]();
  }
}

/** A database, and the revisions that are to be measured on it. */
export class Orchard implements AsyncDisposable {
  constructor(
    readonly scene: Scene,
    private readonly project: MigrationProject,
    readonly place: MeasuringPlace,
  ) {}

  get sql() {
    return this.scene.database.sql;
  }

  /** Measures the upgrade of the next revision, or a downgrade. */
  async move(
    id: string,
    given: Partial<MeasuringPlace> & Pick<Partial<Step>, "direction"> = {},
    signal: AbortSignal = new AbortController().signal,
  ): Promise<MeasuredMove> {
    const { direction = "upgrade", ...place } = given;
    const revision = this.project.graph.get(id);
    const [below, above] = [revision.down, [id]];
    const [headsBefore, headsAfter] = direction === "upgrade" ? [below, above] : [above, below];
    const step = { direction, revision, headsBefore, headsAfter };
    return await measureMove({ ...this.place, ...place }, step, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { sql, reader } = this.place.connections();
    await Promise.all([sql, reader].map((pool) => pool.end({ timeout: 1 })));
    await this.scene[Symbol.asyncDispose]();
  }
}
