import assert from "node:assert/strict";
import { redirected } from "../../../src/targets/redirect.ts";
import { addressesIn, agreeing, isAddressVariable } from "../../../src/targets/variables.ts";

const URL = "postgresql://owner:secret@db:5432/shop";

const shown = (variables: Record<string, string>) =>
  addressesIn(variables).map(({ from, where, user, password, database }) => ({
    from,
    at: where.kind === "tcp"
      ? where.endpoints.map(({ host, port }) => `${host}:${port}`).join()
      : where.kind,
    user,
    password,
    database,
  }));

Deno.test("addressesIn() finds a whole address under any usual name", () => {
  const names = [
    ...["DATABASE_URL", "SQLALCHEMY_DATABASE_URI", "SQLALCHEMY_URL", "DB_URL", "DATABASE_URI"],
    ...["POSTGRES_URL", "PG_DSN", "database_url", "SHOP_DATABASE_URL", "APP__DB__URL"],
  ];
  for (const name of names) {
    assert.deepEqual(shown({ [name]: URL }).map(({ from }) => from), [name]);
  }
});

Deno.test("addressesIn() puts what migrations are most likely to use first", () => {
  const variables = {
    REPORTS_URL: URL,
    POSTGRES_URL: URL,
    DB_HOST: "db",
    DB_NAME: "shop",
    DATABASE_URL: URL,
    ALEMBIC_DATABASE_URL: URL,
  };
  assert.deepEqual(shown(variables).map(({ from }) => from), [
    "ALEMBIC_DATABASE_URL",
    "DATABASE_URL",
    "POSTGRES_URL",
    "DB_HOST, DB_NAME",
    "REPORTS_URL",
  ]);
});

Deno.test("addressesIn() passes over addresses of tests, replicas and other systems", () => {
  const names = ["TEST_DATABASE_URL", "DATABASE_URL_TEST", "READ_REPLICA_URL", "DATABASE_RO_URL"];
  for (const name of [...names, "TEST_DB_HOST"]) assert.deepEqual(shown({ [name]: URL }), [], name);
  assert.deepEqual(shown({ DATABASE_URL: "mysql://u@db/shop", REDIS_URL: "redis://cache" }), []);
  assert.deepEqual(shown({ REDIS_HOST: "cache", MYSQL_HOST: "db", POSTGRES_PASSWORD: "x" }), []);
});

Deno.test("addressesIn() puts the parts of an address together", () => {
  const expected = { at: "store:5433", user: "owner", password: "secret", database: "shop" };
  const sets = [
    ["PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE"],
    ["POSTGRES_SERVER", "POSTGRES_PORT", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"],
    ["DB_HOST", "DB_PORT", "DB_USER", "DB_PASS", "DB_NAME"],
    ["DB_HOSTNAME", "DB_PORT", "DB_USERNAME", "DB_PASSWORD", "DB_DATABASE"],
    ["SQL_HOST", "SQL_PORT", "SQL_USER", "SQL_PASSWORD", "SQL_DATABASE"],
    [
      "POSTGRESQL_HOST",
      "POSTGRESQL_PORT",
      "POSTGRESQL_USER",
      "POSTGRESQL_PWD",
      "POSTGRESQL_DB_NAME",
    ],
    [
      "APP__DATABASE__HOST",
      "APP__DATABASE__PORT",
      "APP__DATABASE__USER",
      "APP__DATABASE__PASSWORD",
      "APP__DATABASE__NAME",
    ],
    ["postgres_host", "postgres_port", "postgres_user", "postgres_password", "postgres_db"],
  ];
  for (const names of sets) {
    const values = ["store", "5433", "owner", "secret", "shop"];
    const variables = Object.fromEntries(names.map((name, at) => [name, values[at]!]));
    const [{ from: _, ...found } = { from: "" }, ...others] = shown(variables);
    assert.deepEqual(found, expected, names[0]);
    assert.deepEqual(others, []);
  }
});

Deno.test("addressesIn() keeps parts with different stems apart", () => {
  const variables = {
    SHOP_DB_HOST: "db",
    SHOP_DB_NAME: "shop",
    STOCK_DB_HOST: "store",
    STOCK_DB_NAME: "stock",
  };
  assert.deepEqual(shown(variables).map(({ at, database }) => `${at}/${database}`), [
    "db:5432/shop",
    "store:5432/stock",
  ]);
});

Deno.test("addressesIn() says of parts without a host that none is stated", () => {
  const variables = { POSTGRES_USER: "owner", POSTGRES_PASSWORD: "x", POSTGRES_DB: "shop" };
  assert.deepEqual(shown(variables).map(({ at, database }) => [at, database]), [[
    "unstated",
    "shop",
  ]]);
});

Deno.test("addressesIn() reads host variables that hold more than a host", () => {
  const at = (variables: Record<string, string>) => shown(variables).map((one) => one.at);
  assert.deepEqual(at({ DB_HOST: "db:5433" }), ["db:5433"]);
  assert.deepEqual(at({ DB_HOST: "/run/postgresql", DB_NAME: "shop" }), ["socket"]);
  assert.deepEqual(at({ POSTGRES_HOST: "db", POSTGRES_PORT: "tcp://172.17.0.2:5432" }), [
    "db:5432",
  ]);
});

Deno.test("isAddressVariable() knows what a secret's file may hold of an address", () => {
  for (
    const name of [
      "DATABASE_URL",
      "POSTGRES_PASSWORD",
      "DB_PASSWORD",
      "POSTGRESQL_POSTGRES_PASSWORD",
    ]
  ) {
    assert.equal(isAddressVariable(name), true, name);
  }
  for (const name of ["SSL_CERT", "LOG", "JWT_KEY"]) {
    assert.equal(isAddressVariable(name), false, name);
  }
});

const to = { host: "db", port: 5433 };

const leadElsewhere = (
  variables: Record<string, string>,
  where: Parameters<typeof redirected>[2] = to,
) => redirected(addressesIn(variables)[0]!, variables, where);

Deno.test("redirected() changes host and port of a whole address and nothing else", () => {
  const urls: Record<string, string> = {
    "postgresql+asyncpg://o%40x:p%2Fw@pooler:6432/shop?ssl=require":
      "postgresql+asyncpg://o%40x:p%2Fw@db:5433/shop?ssl=require",
    "postgresql://o:p@/shop?host=pooler&port=6432&application_name=web":
      "postgresql://o:p@db:5433/shop?application_name=web",
    "postgresql://o:p?/#w@a:1,b:2/shop": "postgresql://o:p?/#w@db:5433/shop",
    "postgresql://pooler": "postgresql://db:5433",
  };
  for (const [before, after] of Object.entries(urls)) {
    assert.deepEqual(leadElsewhere({ DATABASE_URL: before }), { DATABASE_URL: after });
  }
});

Deno.test("redirected() changes the parts of an address, the name only where it differs", () => {
  const variables = { DB_HOST: "pooler", DB_PORT: "6432", DB_NAME: "shop", DB_PASSWORD: "x" };
  assert.deepEqual(leadElsewhere(variables), { DB_HOST: "db", DB_PORT: "5433" });
  const renamed = { ...to, database: "shop_live" };
  const expected = { DB_HOST: "db", DB_PORT: "5433", DB_NAME: "shop_live" };
  assert.deepEqual(leadElsewhere(variables, renamed), expected);
  const url = { DATABASE_URL: "postgresql://o@pooler/shop?ssl=1" };
  assert.deepEqual(leadElsewhere(url, renamed), {
    DATABASE_URL: "postgresql://o@db:5433/shop_live?ssl=1",
  });
});

Deno.test("redirected() gives up where no variable could be changed", () => {
  assert.equal(leadElsewhere({ DB_HOST: "pooler", DB_NAME: "shop" }), undefined);
  const usual = { host: "db", port: 5432 };
  assert.deepEqual(leadElsewhere({ DB_HOST: "pooler", DB_NAME: "shop" }, usual), { DB_HOST: "db" });
  const [address] = addressesIn({ DATABASE_URL: URL });
  assert.equal(redirected(address!, {}, to), undefined, "it came from a secret's file");
});

Deno.test("agreeing() takes the plural after an address that comes in parts", () => {
  assert.equal(agreeing("DATABASE_URL of web", "is", "are"), "is");
  assert.equal(agreeing("DB_HOST, DB_NAME of web", "is", "are"), "are");
});
