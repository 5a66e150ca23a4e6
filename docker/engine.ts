/** Finds a Docker engine, or makes one on a bare Debian-like machine: `deno run -A docker/engine.ts`. */
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { tmpdir } from "node:os";
import { run } from "./command.ts";
import { ensureCompose } from "./compose.ts";
import { aptInstall } from "./debian.ts";
import { lockMachine } from "./lock.ts";
import { askEngine, lookAround, nextStep } from "./machine.ts";
import { runScript, Unavailable } from "./unavailable.ts";

export { ensureCompose };

const START_LIMIT_MS = 60_000;
const POLL_MS = 200;

/**
 * Since trixie the command is a package apart, which docker.io only recommends; `docker top` needs
 * the `ps` of procps.
 */
const ENGINE = { needed: ["docker.io", "iptables", "procps"], wherePackaged: ["docker-cli"] };

/** Where progress is told; a line at a time. */
export type Say = (line: string) => void;

/** Sees to it that a Docker engine answers: uses the one that is there, else makes one if it may. */
export async function ensureEngine(say: Say = console.error): Promise<void> {
  if ((await askEngine()).state === "up") return;
  using _lock = await lockMachine("engine");
  const machine = await lookAround();
  const step = nextStep(machine);
  if (step === "use") return;
  if (typeof step === "object") throw new Unavailable(step.tell);
  if (step === "install") {
    say("No Docker engine answers: installing Debian's.");
    await aptInstall(ENGINE, say);
  }
  // The package starts the engine itself where there is systemd.
  if ((await askEngine()).state === "up") return;
  await startEngine(say);
}

async function startEngine(say: Say): Promise<void> {
  if (await isFolder("/run/systemd/system")) {
    say("Starting the Docker engine: systemctl start docker.");
    const { code, stderr } = await run(["systemctl", "start", "docker"]);
    if (code !== 0) throw new Unavailable(`The Docker engine does not start: ${stderr.trim()}`);
    return;
  }
  const log = `${await isFolder("/var/log") ? "/var/log" : tmpdir()}/oakum-dockerd.log`;
  say(`Starting the Docker engine in the background; its log is ${log}.`);
  await waitUntilUp(startDetached(log), log);
}

/** Starts dockerd in a session of its own, so that it outlives this task and its terminal. */
function startDetached(log: string): () => boolean {
  const file = openSync(log, "a", 0o600);
  const child = spawn("dockerd", [], { detached: true, stdio: ["ignore", file, file] });
  closeSync(file);
  child.unref();
  let ended = false;
  child.once("exit", () => ended = true);
  child.once("error", () => ended = true);
  return () => ended;
}

async function waitUntilUp(ended: () => boolean, log: string): Promise<void> {
  const deadline = performance.now() + START_LIMIT_MS;
  while ((await askEngine()).state !== "up") {
    const gone = ended();
    if (gone || performance.now() > deadline) {
      const what = gone ? "ended at once" : `did not answer in ${START_LIMIT_MS / 1000} s`;
      throw new Unavailable(`The Docker engine ${what}. The end of ${log}:\n${await tail(log)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function tail(path: string): Promise<string> {
  const text = await Deno.readTextFile(path).catch(() => "(the log cannot be read)");
  return text.trimEnd().split("\n").slice(-15).join("\n");
}

async function isFolder(path: string): Promise<boolean> {
  return await Deno.stat(path).then(({ isDirectory }) => isDirectory, () => false);
}

if (import.meta.main) {
  await runScript(async () => {
    await ensureEngine();
    await ensureCompose();
    console.log(
      (await run(["docker", "version", "--format", "{{.Server.Version}}"])).stdout.trim(),
    );
  });
}
