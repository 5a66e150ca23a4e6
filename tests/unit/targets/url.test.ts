import assert from "node:assert/strict";
import fc from "fast-check";
import { parseDsn, parseUrl } from "../../../src/targets/url.ts";

const tcp = (host: string, port = 5432) => ({ kind: "tcp", endpoints: [{ host, port }] });

Deno.test("parseUrl() reads an address of any SQLAlchemy dialect", () => {
  const schemes = [
    ...["postgres", "postgresql", "postgresql+psycopg", "postgresql+psycopg2", "PostgreSQL"],
    ...["postgresql+asyncpg", "postgresql+pg8000", "postgis", "timescaledb"],
  ];
  for (const scheme of schemes) {
    assert.deepEqual(parseUrl(`${scheme}://owner:secret@db:5433/shop`), {
      where: tcp("db", 5433),
      user: "owner",
      password: "secret",
      database: "shop",
      verbatimDatabase: "shop",
      sslmode: undefined,
    }, scheme);
  }
});

Deno.test("parseUrl() takes no other text for an address", () => {
  const texts = ["", "shop", "mysql://u@db/shop", "redis://cache:6379", "sqlite:///shop.db"];
  const none = [...texts, "db+postgresql://u@db/shop", "postgres", "postgres://u@db:port/shop"];
  for (const text of [...none, "postgres://u@db:99999/shop", "http://postgresql://db/x"]) {
    assert.equal(parseUrl(text), undefined, text);
  }
});

Deno.test("parseUrl() reads what people paste into passwords without encoding it", () => {
  const odd = { "p/w": "p/w", "p?w": "p?w", "p#w": "p#w", "p:w": "p:w", "100%": "100%" };
  for (
    const [text, password] of Object.entries({ ...odd, "a@b": "a@b", "": "", "p%40%2Fw": "p@/w" })
  ) {
    const url = parseUrl(`postgresql://owner:${text}@db/shop?application_name=a@b`);
    assert.equal(url?.password, password, text);
    assert.deepEqual(url?.where, tcp("db"), text);
    assert.equal(url?.database, "shop", text);
  }
});

Deno.test("parseUrl() hands back every encoded part as it went in", () => {
  const text = fc.string({ unit: "binary", minLength: 1 });
  fc.assert(fc.property(text, text, text, (user, password, database) => {
    const parts = [user, password, database].map(encodeURIComponent);
    const url = parseUrl(`postgresql+asyncpg://${parts[0]}:${parts[1]}@db:6543/${parts[2]}`);
    assert.deepEqual([url?.user, url?.password, url?.database], [user, password, database]);
    assert.equal(url?.verbatimDatabase, parts[2]);
    assert.deepEqual(url?.where, tcp("db", 6543));
  }));
});

Deno.test("parseUrl() reads hosts, ports and sockets wherever they stand", () => {
  const where = (text: string) => parseUrl(text)?.where;
  const two = { kind: "tcp", endpoints: [{ host: "a", port: 1 }, { host: "b", port: 2 }] };
  assert.deepEqual(where("postgresql://u@a:1,b:2/shop"), two);
  assert.deepEqual(where("postgresql://u@/shop?host=a,b&port=1,2"), two);
  assert.deepEqual(where("postgresql://u@/shop?host=a:1&host=b:2"), two);
  assert.deepEqual(where("postgresql://u@/shop?host=db&port=6432"), tcp("db", 6432));
  assert.deepEqual(where("postgresql://u@[::1]:6432/shop"), tcp("::1", 6432));
  assert.deepEqual(where("postgresql://u@10.0.0.5/shop"), tcp("10.0.0.5"));
  const socket = { kind: "socket", folder: "/var/run/postgresql", port: 5432 };
  assert.deepEqual(where("postgresql://u@/shop?host=/var/run/postgresql"), socket);
  assert.deepEqual(where("postgresql://u@%2Fvar%2Frun%2Fpostgresql/shop"), socket);
  const pg8000 = "postgresql+pg8000://u@/shop?unix_sock=/var/run/postgresql/.s.PGSQL.5432";
  assert.deepEqual(where(pg8000), socket);
  assert.deepEqual(where("postgresql:///shop"), { ...socket, folder: undefined });
});

Deno.test("parseUrl() leaves undefined what is not stated", () => {
  const url = parseUrl("postgresql://db");
  assert.deepEqual([url?.user, url?.password, url?.database], [undefined, undefined, undefined]);
  assert.equal(parseUrl("postgresql://owner@db/shop")?.password, undefined);
  assert.equal(parseUrl("postgresql://owner@db/shop?sslmode=require")?.sslmode, "require");
  const asked = parseUrl("postgresql://db/?user=owner&password=s%26x&dbname=shop");
  assert.deepEqual([asked?.user, asked?.password, asked?.database], ["owner", "s&x", "shop"]);
});

Deno.test("parseDsn() reads libpq's pairs, quoted or not", () => {
  assert.deepEqual(
    parseDsn(String.raw`host=db port=5433 dbname=shop user=owner password='it\'s x'`),
    {
      where: tcp("db", 5433),
      user: "owner",
      password: "it's x",
      database: "shop",
      verbatimDatabase: "shop",
      sslmode: undefined,
    },
  );
  assert.deepEqual(parseDsn("host=/run/pg dbname=shop")?.where, {
    kind: "socket",
    folder: "/run/pg",
    port: 5432,
  });
  for (const text of ["", "shop", "a=b", "host=db and more", "postgres://db/shop"]) {
    assert.equal(parseDsn(text), undefined, text);
  }
});
