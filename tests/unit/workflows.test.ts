import assert from "node:assert/strict";
import { parse } from "yaml";
import { z } from "zod";
import { VERSION } from "../../src/core/version.ts";

const ROOT = new URL("../../", import.meta.url);
const read = (path: string) => Deno.readTextFile(new URL(path, ROOT));

const WORKFLOWS = ["ci.yml", "release.yml"];
const permissions = z.record(z.string(), z.string());
const workflow = z.object({
  permissions,
  jobs: z.record(
    z.string(),
    z.object({
      permissions: permissions.optional(),
      steps: z.array(z.object({ uses: z.string().optional() })).default([]),
    }),
  ),
});

async function workflowOf(name: string) {
  return workflow.parse(parse(await read(`.github/workflows/${name}`)));
}

Deno.test("workflows may write only where a job says so, and only what it publishes", async () => {
  const writes: string[] = [];
  for (const name of WORKFLOWS) {
    const { permissions, jobs } = await workflowOf(name);
    assert.deepEqual(permissions, { contents: "read" }, name);
    for (const [job, { permissions = {} }] of Object.entries(jobs)) {
      for (const [what, right] of Object.entries(permissions)) {
        if (right !== "read") writes.push(`${job}: ${what}`);
      }
    }
  }
  assert.deepEqual(writes, ["image: packages", "manifest: packages", "publish: contents"]);
});

Deno.test("workflows name every action by its full version", async () => {
  for (const name of WORKFLOWS) {
    for (const { steps } of Object.values((await workflowOf(name)).jobs)) {
      for (const { uses } of steps) {
        if (uses !== undefined) assert.match(uses, /^[\w-]+\/[\w-]+@v\d+\.\d+\.\d+$/, name);
      }
    }
  }
});

Deno.test("one version of Deno is named everywhere", async () => {
  const files = [".ci/deno", "README.md", ...WORKFLOWS.map((name) => `.github/workflows/${name}`)];
  const found = new Map<string, string[]>();
  for (const file of files) {
    const text = await read(file).catch(() => "");
    for (const [, version = ""] of text.matchAll(/deno(?:@|-version: )(\d+\.\d+\.\d+)/g)) {
      found.set(version, [...found.get(version) ?? [], file]);
    }
  }
  assert.equal(found.size, 1, JSON.stringify([...found]));
});

Deno.test("the program and deno.json name one version", async () => {
  assert.equal(JSON.parse(await read("deno.json")).version, VERSION);
});
