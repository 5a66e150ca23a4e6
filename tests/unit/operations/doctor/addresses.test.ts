import assert from "node:assert/strict";
import { checkAddresses, deadEnd } from "../../../../src/operations/doctor/addresses.ts";
import {
  backupRoom,
  checkBackupFolder,
  checkBuildContext,
  leavesOut,
} from "../../../../src/operations/doctor/backups.ts";
import { lookAtConfig } from "../../../../src/targets/environment.ts";
import type { Service } from "../../../../src/targets/services.ts";
import { addressesIn } from "../../../../src/targets/variables.ts";
import { described } from "../../targets/containers.ts";

const [address] = addressesIn({ DATABASE_URL: "postgresql://shop:s3cret@localhost:6543/shop" });
const route = { address: address!, how: "why" };

Deno.test("deadEnd() puts the database's place in, or says that it is to be found", () => {
  const check = { service: "web", route, problem: "loopback" } as const;
  const known = deadEnd(check, { service: "store", port: 5433 });
  assert.equal(known.name, "localhost");
  assert.equal(
    known.mend,
    "Put store:5433 in the place of localhost:6543, then: docker compose up -d web",
  );
  assert.match(deadEnd(check, undefined).mend ?? "", /the database's service and port in the/);
  assert.doesNotMatch(JSON.stringify(known), /s3cret/);
});

Deno.test("a service that names no host is no trouble: it may need no database", () => {
  const check = deadEnd({ service: "web", route, problem: "unstated-host" }, undefined);
  assert.equal(check.level, "warning");
});

Deno.test("a stack whose services state no address is told so", async () => {
  const nobody = () => Promise.resolve(undefined);
  const questions = { right: undefined, resolve: nobody, knock: nobody };
  const [only] = await checkAddresses([], questions, new AbortController().signal);
  assert.deepEqual([only?.name, only?.level], ["no-address", "warning"]);
});

/** A service that states one address, which leads nowhere or to itself. */
function stating(name: string, problem?: "unknown-host"): Service {
  const container = described({ name });
  const found = { server: problem ? undefined : container, databases: [], pooler: undefined };
  return {
    ...{ name, container, members: [], running: true, labelledApp: false, sightings: [] },
    look: lookAtConfig(container, "a test"),
    routes: [{ ...route, ...found, problem }],
  };
}

Deno.test("an address that could not be looked at takes no other's answer away", async () => {
  const services = [stating("lost"), stating("mute", "unknown-host"), stating("well")];
  const found = await checkAddresses(services, {
    right: undefined,
    resolve: () => Promise.reject(new Error("nobody knows")),
    knock: ({ name }) =>
      name === "lost" ? Promise.reject(new Error("it stopped")) : Promise.resolve(undefined),
  }, new AbortController().signal);
  assert.deepEqual(found.map(({ level }) => level), ["not-checked", "not-checked", "ok"]);
  assert.equal(found[0]?.text, "DATABASE_URL of lost could not be looked at: it stopped");
});

Deno.test("backupRoom() finds a disk that the next backup does not fit on", () => {
  assert.equal(backupRoom("/b", 100, 101).level, "trouble");
  assert.equal(backupRoom("/b", 101, 101).level, "ok");
});

for (
  const [ignored, left] of [
    ["backups", true],
    ["/backups/", true],
    ["backups/**", true],
    ["**/backups", true],
    ["*", true],
    ["node_modules\n*\n!backups", false],
    ["backup", false],
    ["", false],
  ] as const
) {
  Deno.test(`leavesOut() says ${left} for ${JSON.stringify(ignored)}`, () => {
    assert.equal(leavesOut(ignored, "backups"), left);
  });
}

Deno.test("checkBuildContext() prints a command that a shell takes as it is meant", async () => {
  const folder = await Deno.makeTempDir({ prefix: "an odd $(folder) " });
  try {
    await Deno.mkdir(`${folder}/my backups`);
    await Deno.writeTextFile(`${folder}/Dockerfile`, "FROM scratch\n");
    const [found] = await checkBuildContext(`${folder}/my backups`, folder);
    await new Deno.Command("sh", { args: ["-c", found?.mend ?? "exit 1"] }).output();
    assert.equal(await Deno.readTextFile(`${folder}/.dockerignore`), "my backups\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("checkBackupFolder() looks where the backup goes, and for what is in its way", async () => {
  const folder = await Deno.makeTempDir();
  const target = { project: "shop", service: "db", database: "shop" };
  const found = async (dir: string) => {
    const [check] = await checkBackupFolder(`${folder}/${dir}`, target, 1, new Date());
    return [check?.name, check?.level];
  };
  try {
    assert.deepEqual(await found("new"), ["backup-disk", "ok"]);
    await Deno.writeTextFile(`${folder}/file`, "");
    assert.deepEqual(await found("file"), ["backup-folder", "trouble"]);
    await Deno.symlink("nowhere", `${folder}/link`);
    assert.deepEqual(await found("link"), ["backup-folder", "trouble"]);
    // As if another user had made it: not even root can write in there.
    await Deno.mkdir(`${folder}/part`);
    await Deno.symlink("/proc/self", `${folder}/part/shop`);
    assert.deepEqual(await found("part"), ["backup-folder", "trouble"]);
    assert.equal((await Array.fromAsync(Deno.readDir(folder))).length, 3);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
