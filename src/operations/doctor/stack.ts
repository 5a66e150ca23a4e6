import { join } from "node:path";
import { parseEnv } from "node:util";
import type { Check } from "../../reports/doctor.ts";
import type { ServiceView, StackView } from "../../targets/view.ts";
import { ok, trouble, warning } from "./checks.ts";

/** What is wrong with an address, and how it is put right. */
const ADDRESSES: Readonly<Record<string, readonly [what: string, mend: string]>> = {
  "loopback": ["means the container itself", "Name the database's service instead of localhost."],
  "other-network": [
    "is in a network that the app is not in",
    "Put both services into one network.",
  ],
  "unknown-host": ["is no host that the app can find", "Use the name of the database's service."],
  "wrong-port": ["has the wrong port", "Use the port that the server listens on in its container."],
  "not-a-database": ["is no PostgreSQL server", "Use the name of the database's service."],
  "no-shared-socket": [
    "is a socket that the app does not share",
    "Mount the socket's folder in both.",
  ],
  "unstated-host": ["names no host", "Name the database's service."],
};

/** The addresses of every service, as far as they can be followed without a connection. */
export function checkAddresses({ services }: StackView): Check[] {
  const found = services.flatMap(({ service, addresses }) =>
    addresses.flatMap(({ from, how, problem }) => {
      if (problem === undefined) return [];
      const [what, mend] = ADDRESSES[problem] ?? [problem, "See docker compose config."];
      return [trouble("address", `${from} of ${service} ${what} (${how}).`, mend)];
    })
  );
  const followed = services.flatMap(({ addresses }) => addresses).length;
  return found.length > 0
    ? found
    : [ok("address", `${followed} addresses of services lead to a server.`)];
}

/** Services that migrate whenever they start, and images that are newer than what runs. */
export function checkServices({ services }: StackView): Check[] {
  return [...services.flatMap(checkStart), ...services.flatMap(checkImage)];
}

function checkStart({ service, migratesAtStart, containers }: ServiceView): Check[] {
  if (!migratesAtStart) return [];
  const text = `${service} runs migrations whenever it starts (${migratesAtStart.where})` +
    (containers.length > 1 ? `, in ${containers.length} containers at once.` : ".");
  const mend = "Take it out of there, and migrate with oakum upgrade before the app is started.";
  return [(containers.length > 1 ? trouble : warning)("migrates-at-start", text, mend)];
}

function checkImage({ service, newerImage }: ServiceView): Check[] {
  if (!newerImage) return [];
  const text = `${newerImage.tag} is newer than what ${service} runs.`;
  return [
    warning("newer-image", text, `oakum upgrade --new-image, then docker compose up -d ${service}`),
  ];
}

/** A container with its environment. */
export interface WithEnvironment {
  readonly Name: string;
  readonly Config: { readonly Env: readonly string[] };
}

/** Values of `.env` that running containers have otherwise; only their names are told. */
export async function checkEnvFile(
  folder: string | undefined,
  containers: readonly WithEnvironment[],
): Promise<Check[]> {
  const path = folder === undefined ? undefined : join(folder, ".env");
  const text = path && await Deno.readTextFile(path).catch(() => undefined);
  if (path === undefined || text === undefined) return [];
  const wanted = Object.entries(parseEnv(text));
  const differing = containers.flatMap(({ Name, Config }) => {
    const has = new Map(
      Config.Env.map((pair) => [pair.split("=", 1)[0], pair.slice(pair.indexOf("=") + 1)]),
    );
    return wanted.filter(([name, value]) => has.has(name) && has.get(name) !== value)
      .map(([name]) => `${name} of ${Name.slice(1)}`);
  });
  if (differing.length === 0) {
    return [ok("env-file", `${path} agrees with the running containers.`)];
  }
  const what = `${path} says something else than the running containers have: ${
    differing.join(", ")
  }.`;
  return [
    warning(
      "env-file",
      what,
      "docker compose up -d makes them anew; a password inside the database stays as it is.",
    ),
  ];
}
