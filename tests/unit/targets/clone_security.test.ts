import assert from "node:assert/strict";
import { securityOf } from "../../../src/targets/clone.ts";
import { described } from "./containers.ts";

const SECCOMP = "seccomp={}";

Deno.test("a clone gets no more privileges than it has, unless its commands become somebody else", () => {
  const of = (SecurityOpt: string[], one: Partial<Parameters<typeof described>[0]> = {}) =>
    securityOf(described({ name: "web", host: { SecurityOpt }, ...one }));
  assert.deepEqual(of([]), ["no-new-privileges"]);
  assert.deepEqual(of([SECCOMP, "seccomp=unconfined", "label=disable"]), [
    SECCOMP,
    "no-new-privileges",
  ]);
  assert.deepEqual(of(["no-new-privileges:true"]), ["no-new-privileges:true"]);
  assert.deepEqual(of([], { cmd: ["sh", "-c", "sudo -u app gunicorn"] }), []);
  assert.deepEqual(of([SECCOMP], { entrypoint: ["/usr/bin/doas", "run"] }), [SECCOMP]);
  assert.deepEqual(of([], { cmd: ["gosu", "app", "pseudo"] }), ["no-new-privileges"]);
});
