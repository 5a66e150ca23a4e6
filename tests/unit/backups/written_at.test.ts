import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { readWrittenAt } from "../../../src/backups/written_at.ts";
import { obligation, tempDir } from "./support.ts";

const NOW = new Date("2026-11-29T16:00:00Z");
const FIXTURES = new URL("fixtures/", import.meta.url);
const HEADING = "--\n-- PostgreSQL database dump\n--\n\n\\restrict abc\n\n" +
  "-- Dumped from database version 17.2\n-- Dumped by pg_dump version 17.2\n\n";
const SQL = "SET statement_timeout = 0;\ncreate table items (id int);\n";

/** What is known of a file of this name and content, though its file was made a moment ago. */
async function said(name: string, content: string | Uint8Array = SQL): Promise<string | null> {
  await using temp = await tempDir();
  const path = join(temp.path, name);
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  await Deno.writeFile(path, bytes);
  return await readWrittenAt(path, NOW);
}

const local = (text: string) => new Date(text).toISOString().replace(".000", "");

obligation("readWrittenAt() reads the forms of names that are in use", async () => {
  const known: Record<string, string> = {
    "shop-20261127.sql.gz": "2026-11-27",
    "shop_2026-11-27.sql": "2026-11-27",
    "shop.2026.11.27.sql": "2026-11-27",
    "27-11-2026.sql": "2026-11-27",
    "11-27-2026.sql": "2026-11-27",
    "backup_11.11.2026.sql": "2026-11-11",
    "shop-27Nov2026.sql": "2026-11-27",
    "shop_2026-nov-27.sql": "2026-11-27",
    "2026-11-27T15_27_18Z.sql": "2026-11-27T15:27:18Z",
    "2026-11-27T15:27:18.123Z.sql.gz": "2026-11-27T15:27:18Z",
    "20261127T152718Z.dump": "2026-11-27T15:27:18Z",
    "20261127_152718+0100.dump": "2026-11-27T14:27:18Z",
    "db_backup_20261127_152718.sql": local("2026-11-27T15:27:18"),
    "20261127152718.sql": local("2026-11-27T15:27:18"),
    "shop_2026-11-27_15h27m.Friday.sql.gz": local("2026-11-27T15:27:00"),
    "default-2026-11-27-152718.psql": local("2026-11-27T15:27:18"),
    "pg-dump-shop-1795793238.dmp": "2026-11-27T15:27:18Z",
    "shop-1795793238000.sql": "2026-11-27T15:27:18Z",
    "1795793238_2026_11_27_17.6.1_backup.sql": "2026-11-27T15:27:18Z",
  };
  for (const [name, at] of Object.entries(known)) assert.equal(await said(name), at, name);
});

obligation(
  "readWrittenAt() believes no name that means nothing, two things, or the future",
  async () => {
    const names = [
      "shop.sql",
      "05-11-2026.sql",
      "shop-202648.sql.gz",
      "shop-261127.sql",
      "shop-2026-02-30.sql",
      "shop-20261340.sql",
      "2099-01-01.sql",
      "shop_2024-01-01_to_2026-11-27.sql",
      "ticket-120261127999.sql",
    ];
    for (const name of names) assert.equal(await said(name), null, name);
  },
);

obligation("readWrittenAt() believes what a dump says before its name", async () => {
  const started = (time: string) => `${HEADING}-- Started on ${time}\n\n${SQL}`;
  const name = "shop-20261127.sql";
  assert.equal(await said(name, started("2024-02-29 03:15:00 UTC")), "2024-02-29T03:15:00Z");
  assert.equal(await said(name, started("2024-02-29 03:15:00 +05")), "2024-02-28T22:15:00Z");
  // Of a zone's short name there are several: the date is what is left of it.
  assert.equal(await said(name, started("2024-02-29 03:15:00 IST")), "2024-02-29");
  assert.equal(await said(name, started("2099-01-01 00:00:00 UTC")), "2026-11-27");
  const packed = gzipSync(started("2024-02-29 03:15:00 UTC") + SQL.repeat(100_000));
  assert.equal(await said("shop.sql.gz", packed), "2024-02-29T03:15:00Z");
  const bom = "\ufeff" + started("2024-02-29 03:15:00 UTC").replaceAll("\n", "\r\n");
  const utf16 = new Uint8Array(Uint16Array.from(bom, (letter) => letter.charCodeAt(0)).buffer);
  assert.equal(await said("shop.sql", utf16), "2024-02-29T03:15:00Z");
});

obligation("readWrittenAt() takes a time from no row and no function", async () => {
  const row = `${HEADING}${SQL}COPY t FROM stdin;\n-- Started on 2024-02-29 03:15:00 UTC\n\\.\n`;
  assert.equal(await said("shop.sql", row), null);
  const last = `${HEADING}${SQL}COPY t FROM stdin;\n-- 2024-02-29 03:15:00 UTC\n\\.\n\n\n--\n`;
  assert.equal(await said("shop.sql", last), null);
});

obligation(
  "readWrittenAt() finds the time at the end of a dump, as pg_dump and Adminer put it",
  async () => {
    const end = "--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict abc\n";
    const completed = `${HEADING}${SQL}-- Completed on 2024-02-29 03:15:00 UTC\n\n${end}`;
    assert.equal(await said("shop.sql", completed), "2024-02-29T03:15:00Z");
    const adminer =
      `-- Adminer 4.8.1 PostgreSQL 17.2 dump\n\n${SQL}\n-- 2024-02-29 03:15:00.123456+00\n`;
    assert.equal(await said("shop.sql", adminer), "2024-02-29T03:15:00Z");
  },
);

obligation("readWrittenAt() reads the header of a custom-format dump", async () => {
  const dump = await Deno.readFile(new URL("shop.dump", FIXTURES));
  const at = await said("shop.dump", dump);
  assert.match(at ?? "", /^20\d\d-\d\d-\d\d$/);
  // Written by an older pg_dump: a number for the compression instead of a byte.
  const ints = [18, 27, 15, 29, 1, 124, 0].flatMap((n) => [0, n, 0, 0, 0]);
  const older = [...new TextEncoder().encode("PGDMP"), 1, 14, 0, 4, 8, 1, 0, 255, 0, 0, 0, ...ints];
  assert.equal(await said("shop-20261127.dump", new Uint8Array(older)), "2024-02-29");
  assert.equal(await said("shop-20261127.dump", new Uint8Array(older.slice(0, 20))), "2026-11-27");
});

obligation("readWrittenAt() reads the same of a tar file and of a folder", async () => {
  const fixture = (name: string) => Deno.readFile(new URL(name, FIXTURES));
  assert.match(await said("shop.tar", await fixture("shop.tar")) ?? "", /^20\d\d-\d\d-\d\d$/);
  await using temp = await tempDir();
  await Deno.writeFile(join(temp.path, "toc.dat"), await fixture("toc.dat"));
  assert.match(await readWrittenAt(temp.path, NOW) ?? "", /^20\d\d-\d\d-\d\d$/);
});
