import assert from "node:assert/strict";
import type { DoctorReport } from "../../src/reports/doctor.ts";
import { lockTarget, store, tempDir } from "../unit/backups/support.ts";
import { type Ended, oakum, PROGRAM } from "./program.ts";

const NOWHERE = { DOCKER_HOST: "unix:///nowhere/docker.sock" };

/** One document, and nothing else. */
function checks({ stdout, stderr }: Ended): DoctorReport["checks"] {
  assert.equal(stderr, "");
  const report = JSON.parse(stdout) as DoctorReport;
  assert.equal(report.kind, "doctor");
  return report.checks;
}

Deno.test("doctor ends with 12 without Docker, and says which backups there are", async () => {
  await using dir = await tempDir();
  await using folder = await lockTarget(dir.path);
  await store(folder);
  const env = { ...NOWHERE, OAKUM_BACKUP_DIR: dir.path };
  const ended = await oakum(["doctor", "--json"], { env });
  assert.equal(ended.code, 12);
  const [docker, backup] = checks(ended);
  assert.deepEqual([docker?.name, docker?.level], ["docker", "trouble"]);
  assert.match(docker?.text ?? "", /unix:\/\/\/nowhere\/docker\.sock \(DOCKER_HOST\)/);
  assert.match(docker?.mend ?? "", /^Start Docker/);
  assert.equal(backup?.level, "ok");
  assert.match(backup?.text ?? "", /backup in \S+\/shop\/store\.shop is from .* ago,/);
});

Deno.test("doctor ends with 12 where this user may not use Docker, and says who may", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/docker.sock`;
  using _engine = Deno.listen({ transport: "unix", path });
  await Deno.chmod(path, 0o000);
  // Root may use what nobody else may, unless it gives that up.
  const without = ["--bounding-set=-dac_override,-dac_read_search"];
  const plain = Deno.uid() === 0 ? ["setpriv", ...without, ...PROGRAM] : PROGRAM;
  const [file = "", ...args] = [...plain, "doctor", "--json"];
  const command = new Deno.Command(file, { args, env: { DOCKER_HOST: `unix://${path}` } });
  const { code, stdout, stderr } = await command.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const [docker] = checks({ code, stdout: text(stdout), stderr: text(stderr) });
  assert.equal(code, 12);
  assert.match(docker?.text ?? "", /^No permission to use Docker at unix:/);
  assert.match(docker?.mend ?? "", /usermod -aG docker/);
});

Deno.test("doctor ends with 10 where there is no such stack, and says that Docker is well", async () => {
  const ended = await oakum(["doctor", "--json", "--project", "no-such-stack"]);
  assert.equal(ended.code, 10);
  const found = checks(ended).map(({ name, level }) => [name, level]);
  assert.deepEqual(found, [["docker", "ok"], ["stack", "trouble"]]);
});
