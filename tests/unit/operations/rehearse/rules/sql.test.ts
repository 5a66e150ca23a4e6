import assert from "node:assert/strict";
import fc from "fast-check";
import {
  parseStatement,
  wordsOf,
} from "../../../../../src/operations/rehearse/rules/sql/statement.ts";
import { means, partsOf } from "../../../../../src/operations/rehearse/rules/sql/names.ts";
import { tokensOf } from "../../../../../src/operations/rehearse/rules/sql/tokens.ts";

function actions(sql: string) {
  const parsed = parseStatement(sql);
  assert.equal(parsed.kind, "alter-table");
  return parsed.kind === "alter-table" ? parsed.actions : [];
}

Deno.test("an index must be read with its name, its table and all that follows", () => {
  const sql =
    `CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "Ix a" ON shop."Bids" USING btree (lower(a), b) WHERE a > ','`;
  const parsed = parseStatement(sql);
  assert.ok(parsed.kind === "create-index");
  assert.deepEqual([parsed.name, parsed.unique, parsed.concurrently], ['"Ix a"', true, true]);
  assert.deepEqual(parsed.table, { schema: "shop", name: "Bids", text: 'shop."Bids"' });
  assert.equal(parsed.body, "USING btree (lower(a), b) WHERE a > ','");
});

Deno.test("an index without a name must be read too", () => {
  const parsed = parseStatement("create index on only bids (a)");
  assert.ok(parsed.kind === "create-index");
  assert.deepEqual([parsed.name, parsed.table.name, parsed.body], [undefined, "bids", "(a)"]);
});

Deno.test("each action of an ALTER TABLE must be told from the next", () => {
  const sql =
    "ALTER TABLE ONLY bids ADD COLUMN price NUMERIC(10, 2) DEFAULT round(1, 2) NOT NULL, " +
    "ADD CONSTRAINT ck CHECK (a IN (1, 2)) NOT VALID, ALTER b SET NOT NULL, DROP COLUMN IF EXISTS c";
  const [column, check, notNull, drop] = actions(sql);
  assert.deepEqual(column, {
    kind: "add-column",
    column: "price",
    type: "NUMERIC(10, 2)",
    default: "round(1, 2)",
    checked: false,
  });
  assert.deepEqual(check, {
    kind: "add-check",
    name: "ck",
    body: "CHECK (a IN (1, 2))",
    columns: "",
    validated: false,
    references: undefined,
  });
  assert.deepEqual(notNull, { kind: "set-not-null", column: "b" });
  assert.deepEqual(drop, { kind: "drop-column", column: "c" });
});

Deno.test("a foreign key must be read with what it points to", () => {
  const sql =
    "ALTER TABLE bids ADD CONSTRAINT fk FOREIGN KEY(bidder_id) REFERENCES shop.users (id) ON DELETE CASCADE";
  const [action] = actions(sql);
  assert.deepEqual(action, {
    kind: "add-foreign-key",
    name: "fk",
    body: "FOREIGN KEY(bidder_id) REFERENCES shop.users (id) ON DELETE CASCADE",
    columns: "bidder_id",
    validated: true,
    references: { schema: "shop", name: "users", text: "shop.users" },
  });
});

Deno.test("renames of columns and tables must be told from those of constraints", () => {
  assert.deepEqual(actions('ALTER TABLE bids RENAME COLUMN "who" TO bidder'), [
    { kind: "rename-column", from: "who", to: "bidder" },
  ]);
  assert.deepEqual(actions("ALTER TABLE bids RENAME who TO bidder"), [
    { kind: "rename-column", from: "who", to: "bidder" },
  ]);
  assert.deepEqual(actions("ALTER TABLE bids RENAME TO offers"), [
    { kind: "rename-table", to: "offers" },
  ]);
  assert.deepEqual(actions("ALTER TABLE bids RENAME CONSTRAINT a TO b"), [{ kind: "other" }]);
});

Deno.test("a new type must be read with what it is made from", () => {
  assert.deepEqual(actions("ALTER TABLE b ALTER COLUMN a TYPE INTEGER USING a::integer"), [
    { kind: "set-type", column: "a", type: "INTEGER", using: "a::integer" },
  ]);
  assert.deepEqual(actions("ALTER TABLE b ALTER a SET DATA TYPE double precision"), [
    { kind: "set-type", column: "a", type: "double precision" },
  ]);
});

Deno.test("a column that counts or computes must be seen to have values", () => {
  const [serial] = actions("ALTER TABLE b ADD n BIGSERIAL NOT NULL");
  assert.ok(serial?.kind === "add-column" && serial.default === "BIGSERIAL");
  const [computed] = actions("ALTER TABLE b ADD n int GENERATED ALWAYS AS (a * 2) STORED");
  assert.ok(computed?.kind === "add-column" && computed.default === "ALWAYS AS (a * 2) STORED");
  const [plain] = actions("ALTER TABLE b ADD n int");
  assert.ok(plain?.kind === "add-column" && plain.default === undefined);
});

Deno.test("changes of rows must be read through a WITH and past comments", () => {
  const update = parseStatement(
    "/* why */ with x as (delete from b returning *) update only a set b = 1",
  );
  assert.deepEqual(update, { kind: "update", table: { schema: undefined, name: "a", text: "a" } });
  assert.equal(parseStatement("-- nothing\nselect 1").kind, "query");
  assert.equal(parseStatement("SET lock_timeout = '3s'").kind, "setting");
});

Deno.test("a statement that is cut off must be read as far as it goes", () => {
  assert.equal(parseStatement("ALTER TABLE").kind, "other");
  assert.equal(parseStatement("").kind, "other");
  const [cut] = actions("ALTER TABLE b ADD CONSTRAINT ck CHECK (a = 'it''s");
  assert.ok(cut?.kind === "add-check" && cut.body === "CHECK (a = 'it''s");
  assert.deepEqual(actions('ALTER TABLE b DROP "c'), [{ kind: "drop-column", column: "c" }]);
});

Deno.test("a name must mean a table of any schema, or of the one that it has", () => {
  const name = (sql: string) => {
    const parsed = parseStatement(`update ${sql} set a = 1`);
    assert.ok("table" in parsed);
    return parsed.table;
  };
  assert.ok(means(name("Bids"), "public.bids"));
  assert.ok(means(name('"Bids"'), 'public."Bids"'));
  assert.ok(!means(name("shop.bids"), "public.bids"));
  assert.deepEqual(partsOf('"a.b"."c""d"'), ["a.b", 'c"d']);
});

Deno.test("a table that is only part of a word or a text must not count as mentioned", () => {
  assert.ok(wordsOf("insert into x select * from bids b").has("bids"));
  assert.ok(!wordsOf("insert into x values ('bids')").has("bids"));
  assert.ok(!wordsOf("insert into bids_old values (1)").has("bids"));
});

Deno.test("no text of a statement may make its reading fail, and tokens must lie in it one after the other", () => {
  const piece = fc.constantFrom(
    ...["ALTER TABLE", "ADD COLUMN", "ADD CONSTRAINT", "FOREIGN KEY", "CREATE INDEX", "DROP", "ON"],
    ...[
      "a",
      '"b""c',
      "(",
      ")",
      ",",
      "'",
      "$$",
      "--",
      "/*",
      ".",
      ";",
      "UPDATE",
      "SET NOT NULL",
      "…",
    ],
  );
  const text = fc.array(fc.oneof(piece, fc.string()), { maxLength: 12 }).map((all) =>
    all.join(" ")
  );
  fc.assert(fc.property(text, (sql) => {
    assert.equal(typeof parseStatement(sql).kind, "string");
    let end = 0;
    for (const token of tokensOf(sql)) {
      assert.ok(token.start >= end && token.end > token.start);
      if (token.kind === "word") {
        assert.equal(sql.slice(token.start, token.end).toLowerCase(), token.text);
      }
      end = token.end;
    }
  }));
});
