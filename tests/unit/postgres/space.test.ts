import assert from "node:assert/strict";
import { copyDemands, floorOf, judgeRoom, nextLook } from "../../../src/postgres/space.ts";

const GB = 2 ** 30;
const MB = 2 ** 20;
const disk = (path: string, total: number, free: number) => ({ path, total, free });

Deno.test("floorOf() is a tenth of the disk, 64 MB to 1 GB", () => {
  assert.equal(floorOf({ total: 100 * MB }), 64 * MB);
  assert.equal(floorOf({ total: 2 * GB }), GB / 5);
  assert.equal(floorOf({ total: 500 * GB }), GB);
});

Deno.test("judgeRoom() adds up what lies on one disk and keeps its floor free", () => {
  const one = disk("/data", 100 * GB, 20 * GB);
  const same = disk("/data/pg_wal/.", 100 * GB, 20 * GB - MB);
  const [verdict, ...others] = judgeRoom(copyDemands({ maxWal: GB }, [one, same], 10 * GB));
  assert.deepEqual(others, []);
  assert.equal(verdict?.needed, Math.ceil(14 * GB + 1.4 * GB));
  assert.equal(verdict?.enough, true);
});

Deno.test("judgeRoom() judges a log on a disk of its own by itself", () => {
  const data = disk("/data", 100 * GB, 50 * GB);
  const wal = disk("/wal", 2 * GB, GB);
  const verdicts = judgeRoom(copyDemands({ maxWal: GB }, [data, wal], 10 * GB));
  assert.deepEqual(verdicts.map(({ path, enough }) => [path, enough]), [
    ["/data", true],
    ["/wal", false],
  ]);
});

Deno.test("copyDemands() asks for no more log than a small database can write", () => {
  const system = disk("/data", 10 * GB, GB);
  const [, wal] = copyDemands({ maxWal: GB }, [system, system], 10 * MB);
  assert.equal(wal?.bytes, 13 * MB + 64 * MB);
});

Deno.test("nextLook() comes before the room can be gone, twice a second at most", () => {
  const looks = [10 * GB, 1.5 * GB, GB].map((free) => nextLook([disk("/data", 100 * GB, free)]));
  assert.deepEqual(looks.map(Math.round), [4832, 500, 500]);
  assert.equal(nextLook([disk("/data", 100 * GB, 90 * GB)]), 10_000);
  assert.equal(nextLook(undefined), 500);
});
