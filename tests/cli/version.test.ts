import assert from "node:assert/strict";
import { oakum } from "./program.ts";

const { version } = JSON.parse(
  await Deno.readTextFile(new URL("../../deno.json", import.meta.url)),
) as { version: string };

Deno.test("oakum --version names deno.json's version and the commit of a compiled program", async () => {
  const { code, stdout, stderr } = await oakum(["--version"]);
  const commit = Deno.env.get("OAKUM_BIN") ? "[0-9a-f]{12}(-dirty)?" : "source";
  assert.match(stdout, new RegExp(`^oakum ${version.replaceAll(".", "\\.")} \\(${commit}\\)\n$`));
  assert.deepEqual([code, stderr], [0, ""]);
});

Deno.test("oakum --help says what it does, on stdout, and does not ask for Docker", async () => {
  const env = { DOCKER_HOST: "unix:///nowhere/docker.sock" };
  const { code, stdout, stderr } = await oakum(["--help"], { env });
  assert.match(stdout, /^Usage: oakum /);
  assert.deepEqual([code, stderr], [0, ""]);
});
