import assert from "node:assert/strict";
import { parsePoolerFile, poolerVariables, upstreamOf } from "../../../src/targets/poolers.ts";

const shown = (text: string) =>
  parsePoolerFile(text).map(({ alias, endpoint, database }) =>
    `${alias} → ${endpoint.host}:${endpoint.port}/${database ?? alias}`
  );

Deno.test("parsePoolerFile() reads PgBouncer's databases, renamed and quoted ones too", () => {
  assert.deepEqual(
    shown(`
;; the shop
[databases]
shop = host=db port=5433 dbname=shop_live
"odd name" = host='db' user=x
local = dbname=nothing
* = host=db,db2

[pgbouncer]
listen_port = 6432
`),
    ["shop → db:5433/shop_live", "odd name → db:5432/odd name", "* → db:5432/*"],
  );
});

Deno.test("parsePoolerFile() reads pgcat, Odyssey and Pgpool-II", () => {
  assert.deepEqual(
    shown(`
[general]
port = 6432
[pools.shop]
pool_mode = "transaction"
[pools.shop.users.0]
username = "owner"
[pools.shop.shards.0]
servers = [["db", 5433, "primary"], ["copy", 5432, "replica"]]
database = "shop_live"
`),
    ["shop → db:5433/shop_live"],
  );
  const odyssey = `listen { host "*" port 6432 }
storage "server" {
  type "remote"
  host "db"
  port 5433
}`;
  assert.deepEqual(shown(odyssey), ["* → db:5433/*"]);
  assert.deepEqual(shown("backend_hostname0 = 'db'\nbackend_port0 = 5433\n"), ["* → db:5433/*"]);
  assert.deepEqual(shown("nothing of the kind"), []);
});

Deno.test("poolerVariables() reads the variables of usual images, not what the pooler listens on", () => {
  const at = (variables: Record<string, string>) =>
    poolerVariables(variables).map(({ endpoint }) => `${endpoint.host}:${endpoint.port}`);
  assert.deepEqual(at({ DB_HOST: "db", DB_PORT: "5433", LISTEN_PORT: "6432" }), ["db:5433"]);
  assert.deepEqual(at({ DATABASE_URL: "postgres://u:p@db/shop" }), ["db:5432"]);
  assert.deepEqual(at({ DATABASES_HOST: "db", DATABASES_PORT: "5433" }), ["db:5433"]);
  assert.deepEqual(at({ POSTGRESQL_HOST: "db", PGBOUNCER_PORT: "6432" }), ["db:5432"]);
  assert.deepEqual(at({ PGPOOL_BACKEND_NODES: "0:db:5433,1:copy:5432" }), ["db:5433"]);
  assert.deepEqual(at({ PGBOUNCER_DATABASE: "shop" }), []);
});

Deno.test("upstreamOf() takes the database's own line before the one for all others", () => {
  const line = (alias: string, host: string) => ({
    alias,
    endpoint: { host, port: 5432 },
    database: undefined,
  });
  const all = [line("*", "rest"), line("shop", "db")];
  assert.equal(upstreamOf(all, "shop")?.endpoint.host, "db");
  assert.equal(upstreamOf(all, "blog")?.endpoint.host, "rest");
  assert.equal(upstreamOf([line("shop", "db")], "blog"), undefined);
});
