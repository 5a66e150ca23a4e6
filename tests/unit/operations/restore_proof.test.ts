import assert from "node:assert/strict";
import type { Backup } from "../../../src/backups/list.ts";
import type { Manifest } from "../../../src/backups/manifest.ts";
import { whyRestoreProof } from "../../../src/operations/backup/restore_proof.ts";
import { manifestOf } from "../backups/support.ts";

const NOW = new Date("2026-11-23T14:39:14Z");
const AT = "2026-11-22T14:39:19Z";

function backup(id: string, changes: Partial<Manifest> = {}): Backup {
  return { state: "good", id, folder: "/backups", manifest: manifestOf(id, changes), problems: [] };
}

/** Why the newest of these is to be proved, where one of before was proved like that. */
function why(before: Partial<Manifest>, changes: Partial<Manifest> = {}): string | undefined {
  const backups = [backup("new", changes), backup("old", before)];
  const listing = { folder: "/backups", exists: true, target: undefined, backups, loose: [] };
  return whyRestoreProof(listing, backups[0]!, NOW);
}

Deno.test("whyRestoreProof() proves what no younger try of the same schema and image speaks for", () => {
  const { server, fingerprint } = manifestOf("any");
  const proved = { verified: { level: "restore", at: AT } } as const;
  assert.match(why({}) ?? "", /no backup of this database is proved/);
  assert.equal(why(proved), undefined);
  assert.match(
    why({ verified: { level: "restore", at: "2026-11-01T00:00:00Z" } }) ?? "",
    /a week old/,
  );
  const other = { ...fingerprint, sha256: "e".repeat(64) };
  assert.match(why(proved, { fingerprint: other }) ?? "", /the schema changed/);
  const newer = { server: { ...server, imageId: "sha256:new" } };
  assert.match(why(proved, newer) ?? "", /image changed/);
  const there = { verified: { level: "restore", at: AT, imageId: "sha256:new" } } as const;
  assert.equal(why(there, newer), undefined);
});

Deno.test("whyRestoreProof() does not try again at once what cannot be proved", () => {
  const tried = { verified: { level: "read", at: AT, notProved: "No network" } } as const;
  assert.equal(why(tried), undefined);
  const { server } = manifestOf("any");
  const newer = { server: { ...server, imageId: "sha256:new" } };
  // Where it was tried is not written down: the image that it was taken with is as good as known.
  assert.match(why(tried, newer) ?? "", /image changed/);
});
