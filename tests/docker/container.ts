import { randomBytes } from "node:crypto";
import { output, run } from "../../docker/command.ts";
import { untilReady } from "./ready.ts";

/** A real container of a test; it and its anonymous volumes are gone when it is disposed. */
export interface Container extends AsyncDisposable {
  readonly name: string;
  /** What a command in it printed, without the last line break; fails if the command does. */
  exec(...argv: string[]): Promise<string>;
  /** Whether a command in it succeeds. */
  succeeds(...argv: string[]): Promise<boolean>;
}

/** Starts a container in the background: `options` are those of `docker run`. */
export async function startContainer(
  image: string,
  options: readonly string[] = [],
  command: readonly string[] = [],
): Promise<Container> {
  const name = `oakum-test-${randomBytes(5).toString("hex")}`;
  await output(["docker", "run", "--detach", "--name", name, ...options, image, ...command]);
  return {
    name,
    exec: (...argv) => output(["docker", "exec", name, ...argv]),
    succeeds: async (...argv) => (await run(["docker", "exec", name, ...argv])).code === 0,
    [Symbol.asyncDispose]: async () => void await run(["docker", "rm", "-f", "-v", name]),
  };
}

/** Polls a real state until it holds; fails, with the container's log, when it never does. */
export async function until(container: Container, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!await holds()) {
    const running = await isRunning(container);
    if (running && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      continue;
    }
    const { stdout, stderr } = await run(["docker", "logs", "--tail", "20", container.name]);
    throw new Error(`${container.name} never got there. Its log ends:\n${stdout}${stderr}`);
  }
}

/** Waits until the real server (not the one that runs while the cluster is made) takes queries. */
export async function untilServes(container: Container): Promise<void> {
  await until(container, () => container.succeeds(...untilReady()));
}

async function isRunning({ name }: Container): Promise<boolean> {
  const ask = ["docker", "inspect", "--format", "{{.State.Running}}", name];
  return (await run(ask)).stdout.trim() === "true";
}
