import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { ScriptLexer } from "../../../../src/postgres/script/lexer.ts";
import type { Unfinished } from "../../../../src/postgres/script/piece.ts";
import type { Statement } from "../../../../src/postgres/script/statement.ts";

/** What a script says, whatever chunks it came in. */
function read(script: string | Uint8Array, cuts: readonly number[] = []) {
  const bytes = typeof script === "string" ? Buffer.from(script) : script;
  const lexer = new ScriptLexer();
  const pieces: ReturnType<ScriptLexer["push"]> = [];
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    pieces.push(...lexer.push(bytes.subarray(from, cut)));
    from = cut;
  }
  const { pieces: last, unfinished } = lexer.end();
  pieces.push(...last);
  return { pieces, ...said(pieces), unfinished };
}

function said(pieces: ReturnType<ScriptLexer["push"]>) {
  const whole = Buffer.concat(pieces.map(({ bytes }) => bytes)).toString("latin1");
  const kinds: [string, number][] = [];
  for (const { kind, bytes } of pieces) {
    if (bytes.length === 0) continue;
    const before = kinds.at(-1);
    if (before?.[0] === kind) before[1] += bytes.length;
    else kinds.push([kind, bytes.length]);
  }
  return {
    whole,
    kinds,
    statements: pieces.flatMap(({ ended }) => ended ?? []),
    commands: pieces.flatMap(({ command }) => command ?? []),
    comments: pieces.flatMap(({ comment }) => comment ?? []),
    rows: pieces.flatMap(({ rows }) => rows ?? []),
    strangers: pieces.flatMap(({ stranger }) => stranger ?? []),
  };
}

const words = ({ tokens }: Statement) => tokens.map(({ value }) => value).join(" ");

/** Snippets that switch the lexer's modes, cut and joined at random. */
const SNIPPETS = [
  "create table t (a int);\n",
  "insert into t values ('it''s', E'a\\'b', \"q\"\"q\", $$x;y$$, $a$ $b$ $a$);\n",
  "-- it's a comment; with 'quotes\n",
  "/* a /* nested */ ' comment */ ",
  "COPY public.t (a) FROM stdin;\n1\t\\N\n\\.x\nCOPY x FROM stdin;\n'\n\\.\n",
  '\\connect "shop"\n',
  "select 1 \\g\n",
  "create function f() returns int begin atomic select case when true then 1 end; end;\n",
  "create rule r as on insert to t do (select 1; select 2);\n",
  "select $1, a$b$, 1e5, 'ü', U&'d\\0061', :var, a::text;\n",
  "set standard_conforming_strings = off;\nselect 'a\\'; b';\nset standard_conforming_strings to on;\n",
  "\r\n",
  "comment on table t is 'first\nDROP DATABASE shop;\nlast';\n",
  "just some words\n",
  "select 5 - 3 / 2;",
  "'",
  "$$",
];

Deno.test("ScriptLexer says the same wherever the chunks are cut", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...SNIPPETS), { maxLength: 8 }),
      fc.array(fc.nat(400), { maxLength: 30 }),
      (parts, cuts) => {
        const script = Buffer.from(parts.join(""));
        const sorted = [...new Set(cuts)].filter((cut) => cut < script.length).sort((a, b) =>
          a - b
        );
        const { pieces: _, ...whole } = read(script);
        const { pieces: __, ...cut } = read(script, sorted);
        assert.deepEqual(cut, whole);
        assert.equal(whole.whole, script.toString("latin1"));
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("ScriptLexer says the same of a script that comes byte by byte", () => {
  const script = Buffer.from(SNIPPETS.slice(0, 13).join(""));
  const every = Array.from({ length: script.length - 1 }, (_, at) => at + 1);
  const { pieces: _, ...whole } = read(script);
  const { pieces: __, ...cut } = read(script, every);
  assert.deepEqual(cut, whole);
});

Deno.test("ScriptLexer takes nothing in a text, a body, a comment or a row for a statement", () => {
  const { statements, commands, rows, unfinished } = read(`CREATE TABLE a (t text);
INSERT INTO a VALUES ('first
ALTER TABLE x OWNER TO ghost;
COPY x FROM stdin;
\\! rm');
CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $body$select '
COPY x FROM stdin;
\\connect other
'$body$;
/* DROP TABLE a; */ -- DROP TABLE b;
COPY a (t) FROM stdin;
DROP DATABASE shop;
\\\\connect postgres
\\.
ALTER TABLE a OWNER TO real_owner;
`);
  assert.deepEqual(statements.map(({ line, endLine }) => [line, endLine]), [
    [1, 1],
    [2, 5],
    [6, 9],
    [11, 11],
    [15, 15],
  ]);
  assert.deepEqual([commands, unfinished], [[], undefined]);
  assert.deepEqual(rows, [{ count: 2, endLine: 14 }]);
  assert.equal(words(statements.at(-1)!), "ALTER TABLE a OWNER TO real_owner ;".replace(" ;", ""));
});

Deno.test("ScriptLexer reads backslashes in texts as the setting and the prefix say", () => {
  const one = (script: string) => read(script).statements.map(words);
  assert.deepEqual(one("select 'a\\'; select 2;"), ["select a\\", "select 2"]);
  assert.equal(one("select E'a\\'; select 2;'; select 3;").length, 2);
  const off = "set standard_conforming_strings = off; select 'a\\'; select 2;';";
  assert.equal(one(off).length, 2);
  assert.equal(one(`${off}\n\\connect x\nselect 'a\\'; select 2;`).length, 4);
  const call = "select pg_catalog.set_config('standard_conforming_strings', 'off', false);";
  assert.equal(one(`${call} select 'a\\'; select 2;';`).length, 2);
});

Deno.test("ScriptLexer says what a script is in the middle of, and where that began", () => {
  const cases: [script: string, unfinished: Unfinished | undefined][] = [
    ["select 1;\nselect 'a\n\n", { what: "text", line: 2 }],
    ['\nselect "a', { what: "name", line: 2 }],
    ["select $x$ $$ $y$", { what: "text", line: 1 }],
    ["/* /* */", { what: "comment", line: 1 }],
    ["\ncopy t from stdin;\n1\n2\n", { what: "rows", line: 2 }],
    ["copy t from stdout;", { what: "rows", line: 1 }],
    ["create table t (\na int", { what: "bracket", line: 1 }],
    ["create function f() begin atomic select 1;", { what: "body", line: 1 }],
    ["select 1", undefined],
    ["copy t from stdin;\n1\n\\.", undefined],
    ["copy t to stdout;\n", undefined],
    ["copy (select a from stdin) to stdout;\n", undefined],
  ];
  for (const [script, unfinished] of cases) {
    assert.deepEqual(read(script).unfinished, unfinished, script);
  }
});

Deno.test("ScriptLexer names lines that are no SQL, and goes on behind them", () => {
  const { strangers, statements } = read(`WARN[0000] it's obsolete: "version
SELECT 1;
<html>
Password: 
COPY t FROM stdin; select 2;
1
\\.
SELECT 3;
`);
  assert.deepEqual(
    strangers.map(({ line, text, behindCopy }) => [line, text, behindCopy]),
    [
      [1, "WARN[0000] it's obsolete: \"version", false],
      [3, "<html>", false],
      [4, "Password:", false],
      [5, "select 2;", true],
    ],
  );
  assert.deepEqual(statements.map(words), ["SELECT 1", "COPY t FROM stdin", "SELECT 3"]);
});

Deno.test("ScriptLexer reads a line of 64 MB in time and memory that grow with nothing but it", () => {
  const chunk = Buffer.alloc(128 * 1024, 0x61);
  const lexer = new ScriptLexer();
  const began = Deno.memoryUsage().external;
  for (
    const [head, tail] of [["insert into t values ('", "');\n"], [
      "copy t from stdin;\n",
      "\n\\.\n",
    ]]
  ) {
    lexer.push(Buffer.from(head!));
    for (let sent = 0; sent < 64 * 2 ** 20; sent += chunk.length) {
      assert.equal(lexer.push(chunk).length, 1);
    }
    lexer.push(Buffer.from(tail!));
  }
  assert.equal(lexer.end().unfinished, undefined);
  assert.ok(Deno.memoryUsage().external - began < 32 * 2 ** 20);
});
