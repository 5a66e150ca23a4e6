import { sourceText } from "../config/source.ts";
import { OakumError } from "../core/errors.ts";
import { nearest } from "../core/similar.ts";
import { isApp } from "./choose_server.ts";
import {
  createCommand,
  type NeverCreated,
  neverCreated,
  neverCreatedText,
} from "./never_created.ts";
import { type OtherTool, toolName, upgradeByHand } from "./other_tools.ts";
import type { Route } from "./routes.ts";
import { groupByScripts } from "./same_scripts.ts";
import type { Scene, Wish } from "./scene.ts";
import { alembicOf, leadingRoutes, type Service } from "./services.ts";
import { agreeing } from "./variables.ts";

/** The app's service, those that are the same app, and why it was taken. */
export interface ChosenApp {
  readonly service: Service;
  readonly sameAs: readonly Service[];
  readonly route: Route | undefined;
  readonly from: string;
}

/** The database that an app must lead to. */
export interface Destination {
  /** The server's container. */
  readonly server: string;
  readonly database: string;
  /** `db/shop`, for people. */
  readonly text: string;
}

/** Chooses the app: by name, by label, else the services with Alembic that lead to the database. */
export async function chooseApp(
  scene: Scene,
  wish: Wish,
  to: Destination,
): Promise<ChosenApp | undefined> {
  const { service } = wish.settings.app;
  if (service.value !== undefined) {
    const named = byName(scene, service.value, sourceText(service.source));
    return { ...leading(named, to, wish), sameAs: [], from: sourceText(service.source) };
  }
  const apps = candidates(scene, to);
  const groups = await groupByScripts(apps.map(({ service }) => service), scene.landscape);
  const [group] = groups;
  if (groups.length > 1) {
    if (!wish.needsApp) return undefined;
    throw ambiguous(groups, to);
  }
  const [first, ...sameAs] = group ?? [];
  if (first) {
    const { route } = apps.find(({ service }) => service === first)!;
    return { service: first, sameAs, route, from: why(first, route) };
  }
  if (!wish.needsApp) return undefined;
  throw await noApp(scene, to);
}

interface Leading {
  readonly service: Service;
  readonly route: Route | undefined;
}

function candidates(scene: Scene, to: Destination): Leading[] {
  const labelled = scene.services.filter(({ labelledApp }) => labelledApp);
  if (labelled.length > 0) {
    return labelled.map((service) => ({ service, route: routeTo(service, to) }));
  }
  return scene.services.filter(isApp).flatMap((service) => {
    const route = routeTo(service, to);
    return route ? [{ service, route }] : [];
  });
}

function routeTo({ routes }: Service, { server, database }: Destination): Route | undefined {
  return leadingRoutes(routes).find((route) =>
    route.server?.Id === server &&
    (route.databases.length === 0 || route.databases.includes(database))
  );
}

function why(service: Service, route: Route | undefined): string {
  if (service.labelledApp) return `label oakum.role of ${service.container.Name.slice(1)}`;
  const { path } = alembicOf(service)!;
  const { address: { from }, how } = route!;
  return `it has ${path}, and ${from} ${agreeing(from, "leads", "lead")} to the database: ${how}`;
}

function byName(scene: Scene, wanted: string, from: string): Service {
  const found = scene.services.find(({ name }) => name === wanted) ??
    scene.services.find(({ members }) => members.some(({ name }) => name === wanted));
  if (found) return found;
  const names = scene.services.map(({ name }) => name);
  const meant = nearest(wanted, names) ?? scene.services.find(isApp)?.name ?? names[0];
  throw new OakumError(
    "no-such-app",
    "notFound",
    `The stack ${scene.stack.project} has no service "${wanted}" (${from}).`,
    {
      hint: `It has: ${names.join(", ") || "none"}.` + (meant ? ` Use --app ${meant}` : ""),
      data: { candidates: names },
    },
  );
}

/** A named app may hide its address, but one that leads elsewhere must not be taken for ours. */
function leading(service: Service, to: Destination, wish: Wish): Leading {
  const route = routeTo(service, to);
  const [elsewhere] = leadingRoutes(service.routes);
  if (route || !elsewhere || !wish.needsApp) return { service, route };
  const there = `${elsewhere.server!.Name.slice(1)}/${elsewhere.databases[0] ?? "?"}`;
  throw new OakumError(
    "app-leads-elsewhere",
    "notFound",
    `The app "${service.name}" leads to ${there} (${elsewhere.address.from}), not to ${to.text}.`,
    {
      hint: "Leave --database out, or name the app that uses this database: --app SERVICE",
      data: { app: service.name, leadsTo: there, database: to.text },
    },
  );
}

function ambiguous(groups: readonly (readonly Service[])[], to: Destination): OakumError {
  const names = groups.map((group) => group.map(({ name }) => name));
  return new OakumError(
    "app-ambiguous",
    "notFound",
    `${groups.length} apps with different migrations lead to ${to.text}: ` +
      `${names.map((group) => group.join(" + ")).join(", ")}.`,
    { hint: `Name one: --app ${names[0]![0]}`, data: { candidates: names } },
  );
}

async function noApp({ stack, services, members }: Scene, to: Destination): Promise<OakumError> {
  const reasons = services.flatMap((service) => {
    const reason = whyNot(service);
    return reason ? [{ service: service.name, reason }] : [];
  });
  const missing = await neverCreated(stack, members);
  const told = [
    ...reasons.map(({ service, reason }) => `${service} ${reason}`),
    ...missing.length > 0 ? [neverCreatedText(missing)] : [],
  ].join("; ");
  return new OakumError(
    "no-app",
    "notFound",
    `No service of the stack ${stack.project} has Alembic and leads to ${to.text}` +
      `${told ? `: ${told}` : ""}.`,
    {
      hint: noAppHint(services, missing),
      data: { database: to.text, services: reasons, neverCreated: missing },
    },
  );
}

/** What to do where no service is the app. */
export function noAppHint(services: readonly Service[], missing: readonly NeverCreated[]): string {
  const other = services.find((service) => otherToolOf(service) !== undefined);
  const hasAlembic = services.some((service) => alembicOf(service));
  if (other && !hasAlembic) {
    return `Upgrade by its own tool: ${
      upgradeByHand(otherToolOf(other)!, other.name, other.running)
    }`;
  }
  const name = (services.find(isApp) ?? services[0])?.name ?? "web";
  const [first] = missing.filter(({ profiles }) => profiles.length > 0);
  return [
    "Name the service that has the migrations: --app SERVICE.",
    ...first ? [`If it is ${first.service}, make it first: ${createCommand(first)}.`] : [],
    ...hasAlembic ? [] : [
      "If alembic.ini lies where nobody looked, say where in oakum.yaml: " +
      `app: { service: ${name}, alembic: /app/db/alembic.ini, workdir: /app }.`,
    ],
    "Look closer: oakum doctor",
  ].join(" ");
}

function otherToolOf({ sightings }: Service): OtherTool | undefined {
  const tool = sightings.find((one) => one.tool !== "alembic")?.tool;
  return tool === "alembic" ? undefined : tool;
}

/** Why a service is not the app; nothing for one that has no migration tool at all. */
export function whyNot(service: Service): string | undefined {
  const [first] = service.routes;
  if (alembicOf(service)) {
    if (!first) return `has Alembic, but nothing in ${service.look.from} is a database's address`;
    const { address: { from }, how } = first;
    return `has Alembic, but its ${from} ${agreeing(from, "leads", "lead")} elsewhere: ${how}`;
  }
  const other = otherToolOf(service);
  return other && `migrates with ${toolName(other)}, which oakum does not drive`;
}
