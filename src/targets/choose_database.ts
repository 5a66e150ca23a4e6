import type { DatabaseSettings } from "../config/settings.ts";
import { sourceText } from "../config/source.ts";
import { OakumError } from "../core/errors.ts";
import { shellWord } from "../core/shell.ts";
import { nearest } from "../core/similar.ts";
import { isApp } from "./choose_server.ts";
import { variablesOf } from "./environment.ts";
import type { Inventory } from "./inventory.ts";
import type { FoundServer, Scene } from "./scene.ts";
import { leadingRoutes, type Service } from "./services.ts";

/** A database's name and why it was taken. */
export interface ChosenName {
  readonly name: string;
  readonly from: string;
}

/** Chooses a database of the server: as named, as apps name it, as the server was made, the only. */
export function chooseDatabase(
  scene: Scene,
  { service, container }: FoundServer,
  settings: { readonly database: DatabaseSettings; readonly app: string | undefined },
  inventory: Inventory,
): ChosenName {
  const { name } = settings.database;
  if (name.value !== undefined) {
    return existing(name.value, sourceText(name.source), service, inventory);
  }
  const named = scene.services.filter((one) => one.name === settings.app);
  const apps = named.length > 0 ? named : scene.services.filter(isApp);
  return byApps(apps, container.Id, service, inventory) ??
    byApps(scene.services, container.Id, service, inventory) ??
    byServer(container.Config.Env, container.Name.slice(1), inventory) ??
    theOnly(service, inventory);
}

/** Databases that a search may take by itself: what oakum made is taken by name only. */
function choosable({ databases }: Inventory): string[] {
  return databases.filter(({ mark }) => !mark).map(({ name }) => name);
}

function existing(name: string, from: string, service: string, inventory: Inventory): ChosenName {
  if (inventory.databases.some((one) => one.name === name)) return { name, from };
  const names = choosable(inventory);
  const meant = nearest(name, names) ?? names.find((one) => one !== "postgres");
  throw new OakumError(
    "no-database",
    "notFound",
    `The server "${service}" has no database "${name}" (${from}).`,
    {
      hint: `It has: ${names.join(", ") || "none"}.` +
        (meant === undefined ? "" : ` Name one: --database ${reference(service, meant)}`),
      data: { service, name, candidates: names },
    },
  );
}

function reference(service: string, name: string): string {
  return shellWord(`${service}/${name}`);
}

function byApps(
  services: readonly Service[],
  server: string,
  service: string,
  inventory: Inventory,
): ChosenName | undefined {
  const found = new Map<string, string>();
  const missing: ChosenName[] = [];
  const exists = (name: string) => inventory.databases.some((one) => one.name === name);
  for (const { name: app, routes } of services) {
    for (const route of leadingRoutes(routes)) {
      const [likeliest] = route.databases;
      if (route.server?.Id !== server || likeliest === undefined) continue;
      const from = `${route.address.from} of ${app}`;
      const name = route.databases.find(exists);
      if (name !== undefined) found.set(name, found.get(name) ?? from);
      else missing.push({ name: likeliest, from });
    }
  }
  const [first] = found;
  if (found.size > 1) throw ambiguous(service, [...found.keys()], "are used by its apps");
  if (first) return { name: first[0], from: first[1] };
  const [absent] = missing;
  return absent && existing(absent.name, absent.from, service, inventory);
}

const NAMES = ["POSTGRES_DB", "POSTGRESQL_DATABASE", "POSTGRES_DATABASE"] as const;

function byServer(
  env: readonly string[],
  container: string,
  inventory: Inventory,
): ChosenName | undefined {
  const variables = variablesOf(env);
  for (const variable of NAMES) {
    const name = variables[variable];
    // The variable counts at the first start only: it may name what is long gone.
    if (name && choosable(inventory).includes(name)) {
      return { name, from: `${variable} of ${container}` };
    }
  }
  return undefined;
}

function theOnly(service: string, inventory: Inventory): ChosenName {
  const all = choosable(inventory);
  const own = all.filter((name) => name !== "postgres");
  const [only] = own;
  if (only !== undefined && own.length === 1) return { name: only, from: "the only database" };
  if (own.length > 1) throw ambiguous(service, own, "are there");
  if (all.length === 1) return { name: all[0]!, from: "the only database" };
  throw new OakumError("no-database", "notFound", `The server "${service}" has no database.`, {
    hint: "Create one, or name another server: --database SERVICE",
    data: { service, candidates: [] },
  });
}

function ambiguous(service: string, names: readonly string[], why: string): OakumError {
  return new OakumError(
    "database-ambiguous",
    "notFound",
    `${names.length} databases of the server "${service}" ${why}: ${names.join(", ")}.`,
    {
      hint: `Name one: --database ${reference(service, names[0]!)}`,
      data: { service, candidates: names.map((name) => `${service}/${name}`) },
    },
  );
}
