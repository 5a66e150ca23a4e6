import assert from "node:assert/strict";
import { join } from "node:path";
import { listTarget } from "../../../src/backups/list.ts";
import { REHEARSAL } from "../../../src/backups/names.ts";
import { whyOthers } from "../../../src/backups/other_writers.ts";
import { sealOf } from "../../../src/backups/seal.ts";
import { targetPath } from "../../../src/backups/target_path.ts";
import type { OakumEvent } from "../../../src/core/events.ts";
import {
  recallRehearsal,
  rememberRehearsal,
  settingsHash,
} from "../../../src/operations/rehearse/memory.ts";
import { systemClock } from "../../../src/core/time.ts";
import { rehearsal } from "./rehearsals.ts";

const TARGET = { project: "shop", service: "db", database: "shop" };

/** A backup folder, and a context that hears what is told. */
async function keeping() {
  const dir = await Deno.makeTempDir({ prefix: "oakum-memory-" });
  const events: OakumEvent[] = [];
  const context = {
    runId: "abcd1234",
    clock: systemClock,
    signal: new AbortController().signal,
    emit: (event: OakumEvent) => void events.push(event),
  };
  const place = { dir, target: TARGET };
  const file = join(targetPath(dir, TARGET), REHEARSAL);
  const end = () => Deno.remove(dir, { recursive: true });
  return { context, place, file, events, [Symbol.asyncDispose]: end };
}

Deno.test("a rehearsal that is kept must come back as it was, and the newest one only", async () => {
  await using kept = await keeping();
  assert.equal(await recallRehearsal(kept.context, kept.place), undefined);
  await rememberRehearsal(kept.context, kept.place, rehearsal({ tookMs: 1 }));
  await rememberRehearsal(kept.context, kept.place, rehearsal({ tookMs: 2 }));
  assert.deepEqual(await recallRehearsal(kept.context, kept.place), rehearsal({ tookMs: 2 }));
  assert.deepEqual(kept.events, []);
});

Deno.test("a kept rehearsal must be its owner's alone, and nothing that a listing shows", async () => {
  await using kept = await keeping();
  await rememberRehearsal(kept.context, kept.place, rehearsal());
  assert.equal((await Deno.stat(kept.file)).mode! & 0o777, 0o600);
  const { backups, loose } = await listTarget(kept.place.dir, TARGET);
  assert.deepEqual([backups, loose], [[], []]);
  const names = (await Array.fromAsync(Deno.readDir(targetPath(kept.place.dir, TARGET))))
    .map(({ name }) => name).sort();
  assert.deepEqual(names, [".lock", REHEARSAL]);
});

/** The text of a kept rehearsal with the seal that it would have. */
function sealedAnew(text: string): string {
  const { seal: _, ...content } = JSON.parse(text);
  return JSON.stringify({ ...content, seal: sealOf(content) });
}

Deno.test("a kept rehearsal that is odd must be passed over with a note", async () => {
  await using kept = await keeping();
  await rememberRehearsal(kept.context, kept.place, rehearsal());
  const whole = await Deno.readTextFile(kept.file);
  const odd = {
    cut: whole.slice(0, -20),
    unsealed: whole.replace(/,\s*"seal": "[0-9a-f]+"/, ""),
    changed: whole.replace('"failure": null', '"failure": null, "more": 1'),
    shape: sealedAnew(whole.replace('"verdict": "passed"', '"verdict": "fine"')),
    newer: sealedAnew(whole.replace('"rehearsal": 1', '"rehearsal": 2')),
    other: sealedAnew(whole.replace('"database": "shop"', '"database": "store"')),
    verdict: sealedAnew(whole.replace('"verdict": "passed"', '"verdict": "warnings"')),
  };
  await Deno.writeTextFile(kept.file, sealedAnew(whole));
  assert.deepEqual(await recallRehearsal(kept.context, kept.place), rehearsal());
  for (const [what, text] of Object.entries(odd)) {
    assert.notEqual(text, whole, what);
    await Deno.writeTextFile(kept.file, text);
    assert.equal(await recallRehearsal(kept.context, kept.place), undefined, what);
    assert.equal(kept.events.splice(0).map(({ type }) => type).join(), "note", what);
  }
  await Deno.remove(kept.file);
  await Deno.symlink("/etc/passwd", kept.file);
  assert.equal(await recallRehearsal(kept.context, kept.place), undefined);
  assert.equal(kept.events.length, 1);
});

Deno.test("a rehearsal that cannot be kept must be no failure, but said", async () => {
  await using kept = await keeping();
  await Deno.remove(kept.place.dir, { recursive: true });
  await Deno.writeTextFile(kept.place.dir, "in the way");
  await rememberRehearsal(kept.context, kept.place, rehearsal());
  assert.deepEqual(kept.events.map((event) => "code" in event && event.code), [
    "rehearsal-not-kept",
  ]);
});

Deno.test("settingsHash() must tell settings apart, and nothing else", () => {
  const set = {
    ...{ rules: { a: "off" }, services: [], x: [] },
    variables: { DEBUG: "1", LEVEL: "2" },
    environment: ["DATABASE_URL=postgres://db", "PATH=/bin"],
  };
  const hash = settingsHash(set);
  assert.match(hash, /^[0-9a-f]{64}$/);
  assert.equal(settingsHash({ ...set, environment: set.environment.toReversed() }), hash);
  assert.equal(settingsHash({ ...set, variables: { LEVEL: "2", DEBUG: "1" } }), hash);
  const others = [
    { rules: { a: "warn" } },
    { variables: { DEBUG: "1", LEVEL: "3" } },
    { environment: ["DATABASE_URL=postgres://other", "PATH=/bin"] },
    { services: ["redis"] },
    { x: ["tenant=a"] },
  ];
  for (const other of others) assert.notEqual(settingsHash({ ...set, ...other }), hash);
});

Deno.test("a kept rehearsal must be passed over where others can have written it", async () => {
  await using kept = await keeping();
  await rememberRehearsal(kept.context, kept.place, rehearsal());
  const folder = targetPath(kept.place.dir, TARGET);
  const open: readonly (readonly [string, number, number, RegExp])[] = [
    [kept.file, 0o606, 0, /rehearsal.json" can be written to by everybody/],
    [kept.file, 0o620, 100, /rehearsal.json" can be written to by group 100/],
    [folder, 0o777, 0, /db.shop" can be written to by everybody/],
    [join(folder, ".."), 0o770, 100, /shop" can be written to by group 100/],
    [kept.place.dir, 0o703, 0, /oakum-memory-\w+" can be written to by everybody/],
  ];
  for (const [path, mode, group, says] of open) {
    const before = (await Deno.stat(path)).mode! & 0o777;
    await Deno.chown(path, null, group);
    await Deno.chmod(path, mode);
    assert.equal(await recallRehearsal(kept.context, kept.place), undefined, path);
    const [note] = kept.events.splice(0);
    assert.match((note as { text: string }).text, says);
    await Deno.chmod(path, before);
    assert.deepEqual(await recallRehearsal(kept.context, kept.place), rehearsal(), path);
  }
  await Deno.chown(kept.file, 12345, null);
  assert.equal(await recallRehearsal(kept.context, kept.place), undefined);
  assert.match((kept.events[0] as { text: string }).text, /belongs to user 12345/);
  const theirs = { ...kept.place, trusted: [12345] };
  assert.deepEqual(await recallRehearsal(kept.context, theirs), rehearsal());
});

Deno.test("whyOthers() lets a user's own group and a sticky folder pass", () => {
  const mine = { uid: 1000, gid: 1000, isDirectory: true };
  assert.equal(whyOthers({ ...mine, mode: 0o40775 }, [1000]), undefined);
  assert.equal(whyOthers({ uid: 0, gid: 0, isDirectory: true, mode: 0o41777 }, [0]), undefined);
  assert.match(whyOthers({ ...mine, gid: 100, mode: 0o40775 }, [1000])!, /group 100/);
  assert.match(whyOthers({ ...mine, mode: 0o40755 }, [0, 1001])!, /user 1000/);
  assert.match(whyOthers({ ...mine, isDirectory: false, mode: 0o101666 }, [1000])!, /everybody/);
});
