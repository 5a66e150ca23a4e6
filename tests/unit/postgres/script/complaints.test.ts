import assert from "node:assert/strict";
import { type Complaint, Complaints } from "../../../../src/postgres/script/complaints.ts";

function complaintsOf(text: string, size = 1000): Complaint[] {
  const found: Complaint[] = [];
  const complaints = new Complaints((complaint) => found.push(complaint));
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) complaints.push(bytes.subarray(at, at + size));
  complaints.end();
  return found;
}

Deno.test("Complaints hears an error in whatever language the server speaks", () => {
  const text = `psql:<stdin>:3: ERROR:  42P01: relation "a" does not exist
LINE 1: insert into a values (1)
                    ^
LOCATION:  parserOpenTable, parse_relation.c:1449
psql:<stdin>:5: ERROR:  22021: invalid byte sequence for encoding "UTF8": 0xe9
CONTEXT:  COPY guests, line 2
psql:<stdin>:7: FEHLER:  23503: Einfügen verletzt Fremdschlüssel
DETAIL:  Schlüssel (b)=(99) ist nicht vorhanden
psql:<stdin>:9: ОШИБКА:  42883: функция не существует
psql:<stdin>:10: エラー:  42601: 構文エラー
`;
  for (const size of [1, 7, 1000]) {
    assert.deepEqual(
      complaintsOf(text, size).map((
        { line, sqlState, detail, row },
      ) => [line, sqlState, detail, row]),
      [
        [3, "42P01", undefined, undefined],
        [5, "22021", undefined, 2],
        [7, "23503", "Schlüssel (b)=(99) ist nicht vorhanden", undefined],
        [9, "42883", undefined, undefined],
        [10, "42601", undefined, undefined],
      ],
    );
  }
});

Deno.test("Complaints takes for an error whatever it does not know to be harmless", () => {
  const text = `psql:<stdin>:1: NOTICE:  42P07: relation "a" already exists, skipping
LOCATION:  x
psql:<stdin>:2: WARNUNG:  01000: etwas
psql:<stdin>:3: error: rest.sql: No such file or directory
psql:<stdin>:4: invalid command \\foo
psql:<stdin>:5: error: \\connect: connection to server at "127.0.0.1", port 5432 failed: FATAL:  database "x" does not exist
psql:<stdin>:6: HINWEIS:  42P07: Relation existiert bereits
psql: error: out of memory
`;
  assert.deepEqual(complaintsOf(text).map(({ line, message }) => [line, message.slice(0, 20)]), [
    [3, "rest.sql: No such fi"],
    [4, "invalid command \\foo"],
    [5, "\\connect: connection"],
    [6, "Relation existiert b"],
  ]);
  assert.equal(complaintsOf("psql: error: out of memory\n").length, 1);
});
