import assert from "node:assert/strict";
import { OakumError } from "../../../../src/core/errors.ts";
import { surveyScript } from "../../../../src/postgres/script/survey.ts";
import { stream } from "./read.ts";

const survey = (script: string) => surveyScript("/dumps/old.sql", stream(script));

async function refused(script: string): Promise<OakumError> {
  const error = await survey(script).then(() => undefined, (error) => error);
  assert.ok(error instanceof OakumError, `"${script}" was not refused: ${error}`);
  assert.equal(error.outcome, "refused");
  assert.ok(error.hint, `"${script}" is refused without a hint`);
  return error;
}

const DUMP = `--
-- PostgreSQL database dump
--

\\restrict abc

-- Dumped from database version 17.12 (Debian 17.12-0+deb13u1)

CREATE TABLE public.t (a int);
COPY public.t (a) FROM stdin;
1
-- PostgreSQL database dump complete
\\.

--
-- PostgreSQL database dump complete
--

\\unrestrict abc
`;

const END = DUMP.lastIndexOf("-- PostgreSQL");

Deno.test("surveyScript() knows a whole dump by the mark that ends it", async () => {
  assert.deepEqual(await survey(DUMP), { created: [], expected: [], whole: true, from: 17 });
  assert.equal((await survey(DUMP.replaceAll("\n", "\r\n"))).whole, true);
  assert.equal((await survey("create table t (a int);")).whole, null);
  assert.equal((await survey(`create table t (a int);\n${DUMP.slice(END)}`)).whole, null);
});

Deno.test("surveyScript() refuses a dump that was cut anywhere, also behind a row like its end", async () => {
  const from = DUMP.indexOf("\n", 4) + 1 + "-- PostgreSQL database dump\n".length;
  for (let at = from; at < END + "-- PostgreSQL database dump complet".length; at++) {
    const error = await refused(DUMP.slice(0, at));
    assert.match(error.code, /^foreign-dump-(cut|not-sql|partial)$/, `cut at ${at}`);
  }
});

Deno.test("surveyScript() refuses a server's dump that lacks its own end, not that of a database", async () => {
  const cluster = (text: string) =>
    `-- PostgreSQL database cluster dump\nCREATE ROLE a;\n${text}${text}`;
  const whole = `${cluster(DUMP)}--\n-- PostgreSQL database cluster dump complete\n--\n`;
  assert.equal((await survey(whole)).whole, true);
  const error = await refused(cluster(DUMP));
  assert.equal(error.code, "foreign-dump-cut");
  assert.match(error.message, /a dump of a whole server is missing/);
});

Deno.test("surveyScript() names the line of the file of what it does not carry out", async () => {
  const cases: [script: string, line: number, says: RegExp][] = [
    [
      "select 1;\n\n\\i rest.sql\n",
      3,
      /reads the file "rest\.sql", which is not part of it \(\\i\)/,
    ],
    [`${DUMP}\\copy t from 'a.csv' csv\n`, 20, /reads the file "a\.csv"/],
    ["copy t from '/srv/a.csv';\n", 1, /the file "\/srv\/a\.csv" of the server/],
    ["copy t from program 'ls';\n", 1, /what a program writes/],
    ["begin;\ncreate table t (a int);\n", 1, /begins a transaction that nothing ends/],
    ["begin;\ncommit and chain;\n", 2, /begins a transaction/],
    ["start transaction;\n\\connect shop\n", 2, /transaction of line 1/],
    ["begin;\ncreate table t ();\nrollback;\n", 3, /takes back what stands before it/],
    ["savepoint a;\nrollback to a;\n", 2, /takes back/],
    ["create table t ();\n\\q\nselect 1;\n", 2, /ends psql/],
    ["copy t from stdin; select 1;\n1\n\\.\n", 1, /more behind a COPY/],
  ];
  for (const [script, line, says] of cases) {
    const error = await refused(script);
    assert.equal((error.data as { line?: number }).line, line, script);
    assert.match(error.message, says);
    assert.match(error.message, new RegExp(`^Line ${line} of "/dumps/old\\.sql"`));
  }
});

Deno.test("surveyScript() lets pass what ends whole", async () => {
  const scripts = [
    "begin;\ncreate table t ();\ncommit;\n",
    "begin; end; start transaction; commit and no chain;",
    "create table t ();\n\\q\n\n-- done\n",
    "create function f() returns int language plpgsql as $$begin rollback; end$$;",
    "copy t from stdin; -- rows\n1\n\\.\n",
    ";;\nselect 1\n",
  ];
  for (const script of scripts) assert.equal((await survey(script)).whole, null, script);
});

Deno.test("surveyScript() says what made a line that is no SQL", async () => {
  const cases: [text: string, says: RegExp][] = [
    [
      "WARN[0000] /srv/compose.yml: the attribute `version` is obsolete",
      /a message of docker compose/,
    ],
    [
      'time="2026-11-29T15:00:00Z" level=warning msg="the attribute `version`"',
      /of docker compose/,
    ],
    ["pg_dump: last built-in OID is 16383", /a message of pg_dump/],
    ['pg_dump: error: connection to server at "db" failed', /an error of pg_dump/],
    ["Password: ", /the question for a password/],
    ["What is next: docker debug", /a message of docker/],
    ['Defaulted container "db" out of: db, init', /a message of kubectl/],
    ["+ pg_dump -U postgres shop", /a trace of a shell script/],
    ["bash: pg_dump: command not found", /a message of a shell/],
    ["the input device is not a TTY", /a message of docker/],
    ["NOTICE:  table is large", /a message/],
    ["just some words", /is no SQL: just some words/],
  ];
  for (const [text, says] of cases) {
    for (const [script, line] of [[`${text}\n${DUMP}`, 1], [`${DUMP}${text}\n`, 20]] as const) {
      const error = await refused(script);
      assert.match(error.message, says);
      assert.equal((error.data as { line?: number }).line, line, text);
      assert.doesNotMatch(`${error.message} ${error.hint}`, /cut|lost|older|extension/);
    }
  }
});

Deno.test("surveyScript() tells another system's file for what it is", async () => {
  const cases: [script: string, says: RegExp][] = [
    [
      "-- MySQL dump 10.13\n/*!40101 SET NAMES utf8 */;\nDROP TABLE IF EXISTS `a`;\n",
      /MySQL or MariaDB/,
    ],
    ["CREATE TABLE `a` (\n  `id` int\n) ENGINE=InnoDB;\n", /MySQL or MariaDB/],
    ["PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n", /SQLite/],
    ["USE [shop]\nGO\nSET ANSI_NULLS ON\nGO\n", /SQL Server/],
    ["<!DOCTYPE html>\n<html><head>", /HTML/],
    ['{"error":"not found"}', /JSON/],
  ];
  for (const [script, says] of cases) assert.match((await refused(script)).message, says);
});

Deno.test("surveyScript() hears which databases are made and which are expected", async () => {
  const { created, expected } = await survey(
    "\\connect template1\nCREATE DATABASE wiki WITH TEMPLATE = template0 ENCODING = 'UTF8' " +
      "LOCALE_PROVIDER = libc LOCALE = 'de_DE.UTF-8' CONNECTION LIMIT = -1;\n" +
      '\\connect wiki\n\\connect "shop"\n\\connect - alice\n',
  );
  assert.deepEqual(expected, ["template1", "shop"]);
  const [wiki] = created;
  assert.deepEqual([wiki?.name, wiki?.encoding, wiki?.template, wiki?.connectionLimit], [
    "wiki",
    "UTF8",
    "template0",
    "-1",
  ]);
  assert.deepEqual([...wiki!.locale], [["LOCALE_PROVIDER", "libc"], ["LOCALE", "de_DE.UTF-8"]]);
});
