import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { OakumError } from "../../../src/core/errors.ts";
import { addressText, findAddress } from "../../../src/docker/address.ts";

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "oakum-address-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const refused = (code: string) => (error: unknown) => {
  assert.ok(error instanceof OakumError, String(error));
  assert.deepEqual([error.code, error.outcome], [code, "docker"]);
  return true;
};

Deno.test("findAddress() reads DOCKER_HOST as the docker command does", async () => {
  const at = async (DOCKER_HOST: string) => addressText(await findAddress({ DOCKER_HOST }));
  assert.equal(await at("unix:///run/user/1000/docker.sock"), "unix:///run/user/1000/docker.sock");
  assert.equal(await at("tcp://10.0.0.5:2375"), "tcp://10.0.0.5:2375");
  assert.equal(await at("tcp://nas"), "tcp://nas:2375");
  assert.equal(await at("tcp://[fd00::5]:2375"), "tcp://[fd00::5]:2375");
  assert.equal(await at("http://nas:8080"), "tcp://nas:8080");
  assert.equal(await at("ssh://me@nas"), "ssh://nas:22");
  const ssh = await findAddress({ DOCKER_HOST: "ssh://me@nas:2222" });
  assert.deepEqual(ssh, { kind: "ssh", host: "nas", port: 2222, user: "me", from: "DOCKER_HOST" });
  for (
    const host of ["nas:2375", "fd://", "unix://relative.sock", "tcp://", "npipe:////./pipe/x"]
  ) {
    await assert.rejects(findAddress({ DOCKER_HOST: host }), refused("docker-host-invalid"), host);
  }
});

Deno.test("findAddress() never goes on without the TLS that was asked for", async () => {
  await inFolder(async (folder) => {
    const environment = {
      DOCKER_HOST: "tcp://nas",
      DOCKER_TLS_VERIFY: "1",
      DOCKER_CERT_PATH: folder,
    };
    await assert.rejects(findAddress(environment), refused("docker-tls-files"));
    await Deno.writeTextFile(join(folder, "ca.pem"), "CA");
    const address = await findAddress(environment);
    const tls = { ca: "CA", cert: undefined, key: undefined };
    assert.deepEqual(address, { kind: "tcp", host: "nas", port: 2376, tls, from: "DOCKER_HOST" });
    const off = await findAddress({ ...environment, DOCKER_TLS_VERIFY: "" });
    assert.equal(off.kind === "tcp" && off.tls, undefined);
    const https = await findAddress({ DOCKER_HOST: "https://nas:2376" });
    assert.ok(https.kind === "tcp" && https.tls);
  });
});

async function addContext(config: string, name: string, host: string): Promise<void> {
  const id = createHash("sha256").update(name).digest("hex");
  await Deno.mkdir(join(config, "contexts/meta", id), { recursive: true });
  const meta = { Name: name, Metadata: {}, Endpoints: { docker: { Host: host } } };
  await Deno.writeTextFile(join(config, "contexts/meta", id, "meta.json"), JSON.stringify(meta));
}

Deno.test("findAddress() follows the active context, DOCKER_CONTEXT before it, DOCKER_HOST first", async () => {
  await inFolder(async (DOCKER_CONFIG) => {
    await addContext(DOCKER_CONFIG, "nas", "tcp://nas:2375");
    await addContext(DOCKER_CONFIG, "farm", "ssh://me@farm");
    const active = JSON.stringify({ currentContext: "nas" });
    await Deno.writeTextFile(join(DOCKER_CONFIG, "config.json"), active);
    const at = async (environment: Record<string, string>) =>
      addressText(await findAddress({ DOCKER_CONFIG, ...environment }));
    assert.equal(await at({}), "tcp://nas:2375");
    assert.equal(await at({ DOCKER_CONTEXT: "farm" }), "ssh://farm:22");
    assert.equal(await at({ DOCKER_CONTEXT: "farm", DOCKER_HOST: "tcp://x:1" }), "tcp://x:1");
    assert.match(await at({ DOCKER_CONTEXT: "default" }), /^unix:/);
    const missing = findAddress({ DOCKER_CONFIG, DOCKER_CONTEXT: "gone" });
    await assert.rejects(missing, refused("docker-context-unreadable"));
  });
});

Deno.test("findAddress() takes the sockets of the user where the usual one is missing", async () => {
  await inFolder(async (HOME) => {
    const found = await findAddress({ HOME });
    assert.equal(found.kind, "unix");
    await Deno.writeTextFile(join(HOME, "docker.sock"), "");
    const rootless = await findAddress({ HOME, XDG_RUNTIME_DIR: HOME });
    const usual = await Deno.stat("/var/run/docker.sock").then(() => true, () => false);
    const expected = usual ? "unix:///var/run/docker.sock" : `unix://${HOME}/docker.sock`;
    assert.equal(addressText(rootless), expected);
  });
});
