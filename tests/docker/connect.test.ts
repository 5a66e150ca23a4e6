import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { output } from "../../docker/command.ts";
import { ensureEngine } from "../../docker/engine.ts";
import { ensureImages } from "../../docker/images.ts";
import { OakumError } from "../../src/core/errors.ts";
import { Engine } from "../../src/docker/engine.ts";
import { runCommand } from "../../src/docker/run.ts";
import { poll, TestStack } from "./stack.ts";

await ensureEngine();

type Environment = Record<string, string | undefined>;

/** The socket of the engine that the tests run on. */
async function engineSocket(): Promise<string> {
  const { address } = await Engine.connect(Deno.env.toObject());
  assert.match(address, /^unix:/, "these tests lead to an engine on this machine");
  return address.slice("unix://".length);
}

/** Makes a CA, a server's certificate for 127.0.0.1 and a client's, as Docker's manual does. */
async function makeCertificates(folder: string): Promise<void> {
  const openssl = (...args: string[]) => output(["openssl", ...args], { cwd: folder });
  const keyed = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const days = ["-days", "2"];
  const ca = ["-x509", "-keyout", "ca-key.pem", "-out", "ca.pem", "-subj", "/CN=test CA", ...days];
  await openssl("req", ...keyed, ...ca);
  for (
    const [name, extension] of [["server", "subjectAltName=IP:127.0.0.1"], [
      "client",
      "extendedKeyUsage=clientAuth",
    ]]
  ) {
    await Deno.writeTextFile(`${folder}/${name}.ext`, `${extension}\n`);
    await openssl(
      "req",
      ...keyed,
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.csr`,
      "-subj",
      `/CN=${name}`,
    );
    const signed = ["-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial", ...days];
    await openssl(
      "x509",
      "-req",
      "-in",
      `${name}.csr`,
      ...signed,
      "-extfile",
      `${name}.ext`,
      "-out",
      `${name}.crt`,
    );
  }
  await Deno.mkdir(`${folder}/user`);
  await Deno.copyFile(`${folder}/ca.pem`, `${folder}/user/ca.pem`);
  await Deno.copyFile(`${folder}/client.crt`, `${folder}/user/cert.pem`);
  await Deno.copyFile(`${folder}/client.key`, `${folder}/user/key.pem`);
}

/** A way to the engine's socket through socat in a container; answers with the port on loopback. */
async function leadIn(stack: TestStack, listen: string): Promise<number> {
  const { "postgres17-only-socat": image } = await ensureImages(["postgres17-only-socat"]);
  const name = await stack.add("proxy", image as `${string}:${string}`, {
    options: [
      ...[
        "--volume",
        `${await engineSocket()}:/docker.sock`,
        "--volume",
        `${stack.folder}:/certs:ro`,
      ],
      ...["--publish", "127.0.0.1::2376", "--entrypoint", "socat"],
    ],
    // A half that is closed leaves the other open for as long as it takes.
    command: [
      "-t",
      "600",
      `${listen}:2376,fork,reuseaddr${TLS[listen]}`,
      "UNIX-CONNECT:/docker.sock",
    ],
  });
  const port = Number((await output(["docker", "port", name, "2376/tcp"])).split(":").pop());
  await poll(name, [
    "docker",
    "exec",
    name,
    "sh",
    "-c",
    "grep -q ':0948 ' /proc/net/tcp /proc/net/tcp6",
  ]);
  return port;
}

const TLS: Record<string, string> = {
  "TCP-LISTEN": "",
  "OPENSSL-LISTEN": ",cert=/certs/server.crt,key=/certs/server.key,cafile=/certs/ca.pem,verify=1",
};

/** Everything that travels over a connection in its own way: answers, archives, a hijacked exec. */
async function exercise(environment: Environment, container: string): Promise<void> {
  const engine = await Engine.connect(environment);
  const detail = await engine.container(container);
  assert.equal(detail?.Name, `/${container}`);
  const input = "x".repeat(300_000);
  const cmd = ["sh", "-c", "wc -c; echo late >&2; exit 3"];
  const result = await runCommand({ engine, id: container }, { cmd, input });
  assert.deepEqual(result, { code: 3, stdout: "300000\n", stderr: "late\n" });
}

Deno.test("an engine is reached over plain TCP, by DOCKER_HOST", async () => {
  await using stack = await TestStack.create();
  const port = await leadIn(stack, "TCP-LISTEN");
  await exercise({ DOCKER_HOST: `tcp://127.0.0.1:${port}` }, `${stack.project}-proxy-1`);
});

Deno.test("an engine is reached over TLS by DOCKER_HOST and by a context, and only with certificates", async () => {
  await using stack = await TestStack.create();
  await makeCertificates(stack.folder);
  const port = await leadIn(stack, "OPENSSL-LISTEN");
  const certificates = `${stack.folder}/user`;
  const host = `tcp://127.0.0.1:${port}`;
  const container = `${stack.project}-proxy-1`;
  const withTls = { DOCKER_HOST: host, DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: certificates };
  await exercise(withTls, container);

  const config = `${stack.folder}/config`;
  const files = ["ca", "cert", "key"].map((name) => `${name}=${certificates}/${name}.pem`);
  const docker = ["docker", "--config", config, "context"];
  await output([...docker, "create", "far", "--docker", [`host=${host}`, ...files].join(",")]);
  await output([...docker, "use", "far"]);
  await exercise({ DOCKER_CONFIG: config }, container);

  const without = Engine.connect({ DOCKER_HOST: host });
  await assert.rejects(
    without,
    unreachable(new RegExp(`tcp://127.0.0.1:${port} \\(DOCKER_HOST\\)`)),
  );
  await Deno.remove(`${certificates}/ca.pem`);
  await assert.rejects(Engine.connect(withTls), unreachable(/certificate/i));
});

const unreachable = (message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof OakumError, String(error));
  assert.deepEqual([error.code, error.outcome], ["docker-unreachable", "docker"]);
  assert.match(error.message, message);
  assert.match(error.hint ?? "", /Start Docker/);
  return true;
};

Deno.test("no daemon is told with the address, where it came from and what to do", async () => {
  const folder = await Deno.makeTempDir({ prefix: "oakum-connect-" });
  try {
    const missing = `${folder}/docker.sock`;
    const at = (path: string) => Engine.connect({ DOCKER_HOST: `unix://${path}` });
    await assert.rejects(at(missing), unreachable(/unix:\/\/.*docker\.sock \(DOCKER_HOST\)/));
    Deno.listen({ transport: "unix", path: missing }).close();
    await Deno.stat(missing).catch(() => Deno.writeTextFile(missing, ""));
    await assert.rejects(at(missing), unreachable(/docker\.sock/));
    await assert.rejects(
      Engine.connect({ DOCKER_HOST: "tcp://127.0.0.1:1" }),
      unreachable(/tcp:\/\/127/),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a socket that this user may not use is told with the way to a permission", async () => {
  const folder = await Deno.makeTempDir({ prefix: "oakum-connect-" });
  const path = `${folder}/docker.sock`;
  const listener = Deno.listen({ transport: "unix", path });
  try {
    const root = Deno.uid() === 0;
    if (root) await Deno.chown(path, 65534, 65534);
    await Deno.chmod(path, root ? 0o600 : 0);
    const engine = fileURLToPath(new URL("../../src/docker/engine.ts", import.meta.url));
    const program = `const { Engine } = await import(${JSON.stringify(engine)});
      await Engine.connect({ DOCKER_HOST: ${JSON.stringify(`unix://${path}`)} })
        .catch(({ code, outcome, hint }) => console.log(JSON.stringify([code, outcome, hint])));`;
    const deno = [Deno.execPath(), "eval", "--quiet", program];
    // Root may use every socket, unless it gives that right away.
    const argv = root ? ["setpriv", "--bounding-set=-dac_override", ...deno] : deno;
    const [code, outcome, hint] = JSON.parse(
      await output(argv, { env: { DOCKER_HOST: "tcp://127.0.0.1:1" } }),
    );
    assert.deepEqual([code, outcome], ["docker-permission", "docker"]);
    assert.match(hint, /usermod -aG docker/);
  } finally {
    listener.close();
    await Deno.remove(folder, { recursive: true });
  }
});
