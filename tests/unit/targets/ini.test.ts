import assert from "node:assert/strict";
import { localAddresses } from "../../../src/targets/host.ts";
import { iniUrl } from "../../../src/targets/ini.ts";

Deno.test("iniUrl() reads sqlalchemy.url of Alembic's own section", () => {
  const ini = (value: string) =>
    `[alembic]\nscript_location = x\n\nsqlalchemy.url = ${value}\n\n[loggers]\n`;
  assert.equal(iniUrl(ini("postgresql://o:100%%25@db/shop")), "postgresql://o:100%25@db/shop");
  assert.equal(iniUrl(ini("postgresql://%(DB_USER)s@db/shop")), undefined);
  assert.equal(iniUrl("[alembic]\n# sqlalchemy.url = x\n"), undefined);
  assert.equal(iniUrl("[other]\nsqlalchemy.url = postgresql://db/other\n"), undefined);
  assert.equal(iniUrl("[alembic]\n[other]\nsqlalchemy.url = postgresql://db/other\n"), undefined);
});

Deno.test("iniUrl() reads it of another section, where that is named", () => {
  const ini =
    "[main]\nsqlalchemy.url = postgresql://db/shop\n[static]\nsqlalchemy.url: postgresql://db/s";
  assert.equal(iniUrl(ini, "main"), "postgresql://db/shop");
  assert.equal(iniUrl(ini, "static"), "postgresql://db/s");
  assert.equal(iniUrl(ini, "stat"), undefined);
});

Deno.test("localAddresses() reads the machine's own addresses from Linux's routing table", () => {
  const table = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 127.0.0.1
        /32 host LOCAL
     |-- 192.168.1.0
        /24 link UNICAST
     |-- 192.168.1.10
        /32 host LOCAL
     |-- 192.168.1.255
        /32 link BROADCAST
`;
  assert.deepEqual([...localAddresses(table)], ["192.168.1.10"]);
});
