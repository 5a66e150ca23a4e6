import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { runCommand } from "../../src/docker/run.ts";
import { upload } from "../../src/postgres/upload.ts";
import { eventually } from "./polling.ts";
import { startServer } from "./server_fixture.ts";

const BYTES = 64 * 2 ** 20;

Deno.test("upload() that is aborted in its middle leaves the container free for others", async () => {
  await using server = await startServer();
  await using session = await server.session();
  const path = await Deno.makeTempFile();
  const content = crypto.getRandomValues(new Uint8Array(65_536));
  await Deno.writeFile(path, new Uint8Array(BYTES).map((_, at) => content[at % 65_536]!));
  const sha256 = createHash("sha256").update(await Deno.readFile(path)).digest("hex");
  for (const share of [0, 0.1, 0.5, 0.9]) {
    const stop = new AbortController();
    const onBytes = (sent: number) => sent >= BYTES * share && stop.abort(new Error("enough"));
    const source = { path, bytes: BYTES, sha256 };
    await assert.rejects(upload(session.sidecar, source, onBytes, stop.signal), /enough/);
    // The engine answers nothing about a container that it still waits for a file for.
    await eventually(async () => {
      const asked = runCommand(session.sidecar, { cmd: ["true"] }, AbortSignal.timeout(10_000));
      assert.equal((await asked).code, 0);
    });
  }
  const whole = await upload(
    session.sidecar,
    { path, bytes: BYTES, sha256 },
    () => {},
    new AbortController().signal,
  );
  assert.match(whole, /^\/tmp\/oakum-/);
  await Deno.remove(path);
});
