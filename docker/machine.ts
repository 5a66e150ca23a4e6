import { run } from "./command.ts";
import { isDebianLike } from "./debian.ts";

const USUAL_HOST = "unix:///var/run/docker.sock";

/** How the Docker engine that this machine points at answered; `said` is the CLI's own word. */
export type Answer =
  | { readonly state: "up" | "no-cli" }
  | { readonly state: "denied" | "down"; readonly said: string };

/** What decides whether an engine can be used here, or made. */
export interface Machine {
  readonly os: string;
  readonly root: boolean;
  readonly debianLike: boolean;
  /** Whether an engine's program is installed already. */
  readonly hasEngine: boolean;
  /** The engine that the person chose (DOCKER_HOST or a context), where it is not the usual one. */
  readonly chosen?: string;
  readonly answer: Answer;
}

/** What to do next about the engine; a sentence for a person where only a person can. */
export type Step = "use" | "start" | "install" | { readonly tell: string };

/** Decides what the machine needs: never a second engine beside one that a person chose. */
export function nextStep(machine: Machine): Step {
  const { answer, chosen } = machine;
  if (answer.state === "up") return "use";
  if (answer.state === "denied") {
    return tell(
      `The Docker socket is there, but this user may not use it: ${answer.said}`,
      "Add the user to the `docker` group and log in again, or run this as root.",
    );
  }
  if (chosen) {
    const said = "said" in answer ? `: ${answer.said}` : ", and there is no `docker` command.";
    return tell(
      `Docker is set to ${chosen}, which does not answer${said}`,
      "Start it, or choose another with DOCKER_HOST or `docker context use`.",
    );
  }
  return machine.hasEngine && machine.root && answer.state === "down" ? "start" : obtain(machine);
}

function obtain({ os, root, debianLike, answer }: Machine): Step {
  const missing = answer.state === "no-cli"
    ? "There is no `docker` command here."
    : "No Docker engine answers here.";
  if (os === "darwin") {
    return tell(missing, "Start Docker Desktop, OrbStack or Colima, then run this again.");
  }
  if (os !== "linux") return tell(missing, "Start Docker Desktop, then run this again.");
  if (!debianLike) {
    return tell(missing, "Install and start Docker (docs.docker.com/engine/install), then again.");
  }
  if (!root) {
    return tell(missing, "Start it, or run this as root, which installs Debian's docker.io.");
  }
  return "install";
}

function tell(...sentences: string[]): Step {
  return { tell: sentences.join("\n") };
}

/** Looks at this machine. */
export async function lookAround(): Promise<Machine> {
  const chosen = await chosenEngine();
  return {
    os: Deno.build.os,
    root: Deno.uid() === 0,
    debianLike: await isDebianLike(),
    hasEngine: (await run(["dockerd", "--version"])).code === 0,
    ...(chosen ? { chosen } : {}),
    answer: await askEngine(),
  };
}

/** Asks the engine for its version, the way every later `docker` command will reach it. */
export async function askEngine(): Promise<Answer> {
  const ask = ["docker", "version", "--format", "{{.Server.APIVersion}}"];
  const { code, stdout, stderr } = await run(ask);
  if (code === 127) return { state: "no-cli" };
  if (code === 0 && stdout.trim() !== "") return { state: "up" };
  const said = stderr.trim();
  return { state: /permission denied/i.test(said) ? "denied" : "down", said };
}

async function chosenEngine(): Promise<string | undefined> {
  const host = Deno.env.get("DOCKER_HOST");
  if (host) return host === USUAL_HOST ? undefined : `DOCKER_HOST=${host}`;
  // `docker context show` is younger than the oldest CLI that Debian still ships.
  const format = "{{if .Current}}{{.Name}}{{end}}";
  const { code, stdout } = await run(["docker", "context", "ls", "--format", format]);
  const context = stdout.trim();
  return code === 0 && !["", "default"].includes(context) ? `the context "${context}"` : undefined;
}
