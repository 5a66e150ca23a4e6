import assert from "node:assert/strict";
import { checkDataVolume } from "../../../../src/operations/doctor/data_volume.ts";

const ANONYMOUS = "0123456789abcdef".repeat(4);
const SINCE_18 = "/var/lib/postgresql/18/docker";
const BEFORE = "/var/lib/postgresql/data";

const volume = (Name: string, Destination: string) => ({
  Type: "volume",
  Name,
  Source: `/var/lib/docker/volumes/${Name}/_data`,
  Destination,
  RW: true,
});
const folder = (Source: string, Destination: string) => ({
  Type: "bind",
  Source,
  Destination,
  RW: true,
});

const CASES = [
  ["the volume of the image before 18", [volume("db", BEFORE)], BEFORE, "ok"],
  ["the volume of 18", [volume("db", "/var/lib/postgresql")], SINCE_18, "ok"],
  ["a folder of the host", [folder("/srv/db", "/var/lib/postgresql")], SINCE_18, "ok"],
  ["a mount of a place of one's own", [volume("db", "/pg")], "/pg/cluster", "ok"],
  [
    "18 whose volume is where 17 had it",
    [volume("db", BEFORE), volume(ANONYMOUS, "/var/lib/postgresql")],
    SINCE_18,
    "trouble",
  ],
  ["a folder where 17 had it", [folder("/srv/db", BEFORE)], SINCE_18, "trouble"],
  ["PGDATA beside its volume", [volume("db", BEFORE)], "/var/lib/postgresql/data2", "trouble"],
  ["a volume without a name alone", [volume(ANONYMOUS, BEFORE)], BEFORE, "warning"],
  [
    "a folder of scripts is none for data",
    [folder("/srv/init", "/docker-entrypoint-initdb.d")],
    BEFORE,
    "warning",
  ],
  ["nobody says where", [], undefined, "not-checked"],
] as const;

for (const [why, Mounts, data, level] of CASES) {
  Deno.test(`checkDataVolume() is ${level}: ${why}`, () => {
    assert.equal(checkDataVolume({ Mounts: [...Mounts] }, data).level, level);
  });
}

Deno.test("checkDataVolume() names the volume, the folder and the place to mount it", () => {
  const Mounts = [volume("shop_db", BEFORE), volume(ANONYMOUS, "/var/lib/postgresql")];
  const { text, mend } = checkDataVolume({ Mounts }, SINCE_18);
  assert.match(text, /keeps its data in \/var\/lib\/postgresql\/18\/docker, which is not in/);
  assert.match(text, /the volume "shop_db" that is mounted at \/var\/lib\/postgresql\/data/);
  assert.match(mend ?? "", /mount the volume at \/var\/lib\/postgresql in compose\.yaml/);
});
