import assert from "node:assert/strict";
import { parseGlobals } from "../../../src/postgres/globals.ts";

const SCRIPT = `--
-- PostgreSQL database cluster dump
--
\\restrict abcdefghijklmnopqrstuvwxyz
SET default_transaction_read_only = off;
CREATE ROLE "app; ro";
ALTER ROLE "app; ro" WITH NOSUPERUSER NOINHERIT NOCREATEROLE CREATEDB LOGIN NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 5 PASSWORD 'SCRAM-SHA-256$4096:a''b=$c:d=' VALID UNTIL '2030-01-01 00:00:00+00';
CREATE ROLE boss;
ALTER ROLE boss WITH SUPERUSER INHERIT CREATEROLE CREATEDB LOGIN REPLICATION BYPASSRLS;
CREATE ROLE größe;
ALTER ROLE größe SET search_path TO 'LOGIN', E'a\\\\b', 'it''s';
ALTER ROLE größe SET statement_timeout TO '5s';
ALTER ROLE größe SET "my.thing" TO 'a,b';
ALTER ROLE größe IN DATABASE shop SET work_mem TO '64MB';
ALTER ROLE unknown WITH LOGIN;
GRANT boss TO "app; ro" WITH INHERIT TRUE GRANTED BY postgres;
\\unrestrict abcdefghijklmnopqrstuvwxyz
`;

Deno.test("parseGlobals() reads a role's login, limit, password and end", () => {
  const role = parseGlobals(SCRIPT).get("app; ro");
  assert.deepEqual(role, {
    name: "app; ro",
    login: true,
    inherit: false,
    connectionLimit: 5,
    password: "SCRAM-SHA-256$4096:a'b=$c:d=",
    validUntil: "2030-01-01 00:00:00+00",
    powers: ["CREATEDB"],
    memberOf: ["boss"],
    settings: [],
  });
});

Deno.test("parseGlobals() names powers over the server, and nothing for a bare role", () => {
  const roles = parseGlobals(SCRIPT);
  assert.deepEqual(roles.get("boss")?.powers, [
    "SUPERUSER",
    "CREATEROLE",
    "CREATEDB",
    "REPLICATION",
    "BYPASSRLS",
  ]);
  assert.deepEqual([roles.get("größe")?.login, roles.get("größe")?.powers], [false, []]);
  assert.deepEqual([...roles.keys()], ["app; ro", "boss", "größe"]);
});

Deno.test("parseGlobals() reads a role's own settings, lists and odd values included", () => {
  assert.deepEqual(parseGlobals(SCRIPT).get("größe")?.settings, [
    { name: "search_path", values: ["LOGIN", "a\\b", "it's"] },
    { name: "statement_timeout", values: ["5s"] },
    { name: "my.thing", values: ["a,b"] },
  ]);
});
