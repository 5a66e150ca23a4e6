import assert from "node:assert/strict";
import { type Answer, type Machine, nextStep } from "../../docker/machine.ts";

const DOWN: Answer = { state: "down", said: "Cannot connect to the Docker daemon." };
const BARE: Machine = {
  os: "linux",
  root: true,
  debianLike: true,
  hasEngine: false,
  answer: { state: "no-cli" },
};

const CASES: [string, Partial<Machine>, ReturnType<typeof nextStep> | RegExp][] = [
  ["uses an engine that answers, whoever asks", { answer: { state: "up" }, root: false }, "use"],
  ["installs on a bare Debian machine for root", {}, "install"],
  ["installs where only the docker command is there", { answer: DOWN }, "install"],
  ["starts an engine that is installed", { answer: DOWN, hasEngine: true }, "start"],
  ["installs nothing for an ordinary user", { root: false }, /There is no `docker`.*\n.*as root/],
  [
    "starts nothing for an ordinary user",
    { root: false, hasEngine: true, answer: DOWN },
    /as root/,
  ],
  ["installs nothing beside Debian", { debianLike: false }, /Install and start Docker/],
  ["points to Docker Desktop on macOS", { os: "darwin", debianLike: false }, /Docker Desktop/],
  ["points to Docker Desktop on Windows", { os: "windows", debianLike: false }, /Docker Desktop/],
  [
    "never replaces an engine that the person chose",
    { chosen: "DOCKER_HOST=tcp://127.0.0.1:1", hasEngine: true, answer: DOWN },
    /DOCKER_HOST=tcp:\/\/127\.0\.0\.1:1, which does not answer: Cannot connect/,
  ],
  [
    "says what to do about a socket that is closed to this user",
    { root: false, answer: { state: "denied", said: "permission denied" } },
    /`docker` group/,
  ],
];

for (const [obligation, difference, expected] of CASES) {
  Deno.test(`nextStep() ${obligation}`, () => {
    const step = nextStep({ ...BARE, ...difference });
    if (expected instanceof RegExp) {
      assert.ok(typeof step === "object");
      assert.match(step.tell, expected);
    } else {
      assert.equal(step, expected);
    }
  });
}
