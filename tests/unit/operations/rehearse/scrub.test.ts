import assert from "node:assert/strict";
import { scrubbed, secretsOf } from "../../../../src/operations/rehearse/scrub.ts";
import { containerDetail } from "../../../../src/docker/shapes.ts";

function container(...Env: string[]) {
  return containerDetail.parse({
    ...{ Id: "c", Name: "/web", Created: "", Image: "i", Mounts: [] },
    State: { Status: "running", Running: true },
    Config: { Image: "web", Env },
    HostConfig: {},
    NetworkSettings: {},
  });
}

const shell = { environment: { API_TOKEN: "t0ken-t0ken" }, user: undefined, workdir: undefined };

Deno.test("secretsOf() knows secrets by their names, and passwords in addresses", () => {
  const as = container(
    "MODE=production",
    "DATABASE_URL=postgresql://u:hunter22@db/shop",
    "PIN_KEY=1",
  );
  assert.deepEqual(secretsOf(as, shell), ["hunter22", "t0ken-t0ken"]);
});

Deno.test("scrubbed() leaves no secret in what an app printed", () => {
  const text =
    `cannot reach postgresql://u:other@db/x with hunter22\npassword='a b', token t0ken-t0ken`;
  assert.equal(
    scrubbed(text, ["hunter22", "t0ken-t0ken"]),
    "cannot reach postgresql://u:***@db/x with ***\npassword=***, token ***",
  );
});

Deno.test("scrubbed() leaves no end of a secret that begins with another one", () => {
  assert.equal(scrubbed("with hunter22-live", ["hunter22", "hunter22-live"]), "with ***");
});
