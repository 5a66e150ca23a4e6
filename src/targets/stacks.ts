import type { Settings } from "../config/settings.ts";
import { sourceText } from "../config/source.ts";
import { OakumError } from "../core/errors.ts";
import { shellWord } from "../core/shell.ts";
import { nearest } from "../core/similar.ts";
import { type ComposeFolder, findComposeFolder, realPath } from "./folder.ts";
import { isServerImage } from "./recognise.ts";
import type { Other, Survey } from "./survey.ts";
import type { Stack } from "./target.ts";

/** What decides which stack is meant. */
export interface StackWish {
  readonly settings: Pick<Settings, "directory" | "project"> & {
    readonly app?: Pick<Settings["app"], "service">;
    readonly database?: Pick<Settings["database"], "service">;
  };
  /** Containers that Compose did not make. */
  readonly others?: readonly Other[];
  /** What changes state takes no stack that neither folder nor name points to. */
  readonly changesState: boolean;
  /** Which projects have a database; asked only where nothing else decides. */
  readonly projectsWithDatabase: () => Promise<ReadonlySet<string>>;
}

/** A stack and why it was taken. */
export interface ChosenStack {
  readonly stack: Stack;
  readonly from: string;
}

/** All Compose projects on the engine. */
export function stacksOf(survey: Survey): Stack[] {
  const projects = [...new Set(survey.members.map(({ project }) => project))].sort();
  return projects.map((project) => {
    const members = survey.of(project);
    // The newest container knows best where the project lives now.
    const newest = members.filter(({ workingDir }) => workingDir !== undefined)
      .sort((a, b) => b.created - a.created)[0];
    const configFiles = [...new Set(members.flatMap((one) => one.configFiles))];
    const running = members.some(({ state }) => state === "running");
    const { workingDir, windowsDir } = newest ?? {};
    return { project, workingDir, windowsDir, configFiles, running };
  });
}

/** Chooses as design has it: by name, by folder, else the only one where nothing is changed. */
export async function chooseStack(
  stacks: readonly Stack[],
  wish: StackWish,
): Promise<ChosenStack> {
  const { project, directory } = wish.settings;
  const compose = await findComposeFolder(directory);
  if (project.value !== undefined) {
    const stack = stacks.find((one) => one.project === project.value);
    const from = sourceText(project.source);
    if (stack) return { stack: await placedHere(stack, compose), from };
    throw unknownProject(project.value, from, stacks, wish.others);
  }
  const here = await stackOfFile(stacks, compose) ??
    await stackOfFolder(stacks, directory, compose);
  if (here) return here;
  const namesake = stacks.find((one) => one.project === compose?.project);
  if (compose && namesake) throw startedElsewhere(namesake, compose);
  demandComposeMade(wish);
  if (wish.changesState) throw noStack(stacks, wish, compose);
  return await onlyStack(stacks, wish, compose);
}

/** The stack that was started from this compose file, wherever its project's folder is. */
async function stackOfFile(
  stacks: readonly Stack[],
  compose: ComposeFolder | undefined,
): Promise<ChosenStack | undefined> {
  if (!compose) return undefined;
  const file = await realPath(compose.file);
  const started = await Promise.all(
    stacks.map(async ({ configFiles }) =>
      (await Promise.all(configFiles.map(realPath))).includes(file)
    ),
  );
  const found = stacks.filter((_, at) => started[at]);
  const [first] = found;
  if (!first) return undefined;
  const meant = meantOf(found, compose);
  if (meant) return { stack: meant, from: compose.file };
  throw ambiguous(found, `${found.length} stacks were started from ${compose.file}`);
}

async function stackOfFolder(
  stacks: readonly Stack[],
  directory: string,
  compose: ComposeFolder | undefined,
): Promise<ChosenStack | undefined> {
  const here = await realPath(directory);
  const placed = await Promise.all(stacks.map(async (stack) => ({
    stack,
    folder: stack.workingDir && await realPath(stack.workingDir),
  })));
  const around = placed.filter(({ folder }) => folder && isWithin(here, folder));
  const deepest = Math.max(...around.map(({ folder }) => folder!.length));
  const nearby = around.filter(({ folder }) => folder!.length === deepest);
  const [first] = nearby;
  if (!first) return undefined;
  const found = nearby.map(({ stack }) => stack);
  // A compose file nearer than any stack belongs to one that does not run.
  if (compose && (await realPath(compose.folder)).length > deepest) return undefined;
  const meant = meantOf(found, compose);
  if (meant) return { stack: meant, from: `the folder ${first.folder}` };
  throw ambiguous(found, `${found.length} stacks belong to the folder ${first.folder}`);
}

/**
 * Of several stacks of one folder the one that Compose would take there; nobody can tell where that
 * one is stopped and another runs, as after a `docker compose -p`.
 */
function meantOf(
  found: readonly Stack[],
  compose: ComposeFolder | undefined,
): Stack | undefined {
  const meant = found.length === 1
    ? found[0]
    : found.find(({ project }) => project === compose?.project);
  return meant?.running || !found.some(({ running }) => running) ? meant : undefined;
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}

async function onlyStack(
  stacks: readonly Stack[],
  wish: StackWish,
  compose: ComposeFolder | undefined,
): Promise<ChosenStack> {
  if (compose) throw notRunning(compose, stacks);
  const having = await wish.projectsWithDatabase();
  const found = stacks.filter(({ project }) => having.has(project));
  const [only] = found;
  if (only && found.length === 1) {
    return { stack: only, from: "the only stack on this engine that has a database" };
  }
  if (found.length > 1) {
    throw ambiguous(found, `${found.length} stacks have a database`, unseen(wish.others));
  }
  throw noStack(stacks, wish, compose);
}

/** A stack whose folder is on another machine, and that is named in one that is its namesake's. */
async function placedHere(stack: Stack, compose: ComposeFolder | undefined): Promise<Stack> {
  const { workingDir } = stack;
  if (compose?.project !== stack.project) return stack;
  const isHere = workingDir !== undefined &&
    await Deno.stat(workingDir).then(({ isDirectory }) => isDirectory, () => false);
  return isHere ? stack : { ...stack, workingDir: compose.folder };
}

/** What is named may be there, and be no part of any stack. */
function demandComposeMade({ settings: { app, database }, others = [] }: StackWish): void {
  const names = [app, database].flatMap((one) => one?.service.value ?? []);
  const found = names.filter((name) => others.some((one) => one.name === name));
  if (found.length === 0) return;
  throw new OakumError("no-stack", "notFound", `${notByCompose(found)}.`, {
    hint: BY_COMPOSE,
    data: { containers: found },
  });
}

function notByCompose(names: readonly string[]): string {
  const [shown, more] = [names.slice(0, 4), names.length - 4];
  return `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""} ` +
    `${names.length === 1 ? "was" : "were"} not started by Docker Compose, and oakum works on ` +
    "stacks of Compose only";
}

const BY_COMPOSE =
  "Describe the containers in a compose.yaml and start them from there: docker compose up -d";

const folders = (stacks: readonly Stack[]) =>
  stacks.map(({ project, workingDir, running }) => ({
    project,
    folder: workingDir ?? null,
    running,
  }));

function listed(stacks: readonly Stack[]): string {
  return stacks.map(({ project, workingDir, running }) => {
    const more = [...workingDir ? [workingDir] : [], ...running ? [] : ["not running"]];
    return more.length > 0 ? `${project} (${more.join(", ")})` : project;
  }).join(", ");
}

function unknownProject(
  project: string,
  from: string,
  stacks: readonly Stack[],
  others: readonly Other[] = [],
): OakumError {
  const meant = nearest(project, stacks.map((stack) => stack.project));
  const namesakes = others.map(({ name }) => name).filter((name) =>
    name === project || name.startsWith(`${project}-`) || name.startsWith(`${project}_`)
  );
  const hint = namesakes.length > 0
    ? `${notByCompose(namesakes)}. ${BY_COMPOSE}`
    : meant
    ? `Did you mean ${meant}? Use --project ${meant}`
    : stacks.length > 0
    ? `There are: ${listed(stacks)}. Name one: --project ${stacks[0]!.project}`
    : noneAtAll(others);
  return new OakumError(
    "no-such-stack",
    "notFound",
    `There is no stack "${project}" (${from}) on this engine.`,
    { hint, data: { project, candidates: folders(stacks) } },
  );
}

function notRunning(compose: ComposeFolder, stacks: readonly Stack[]): OakumError {
  return new OakumError(
    "stack-not-running",
    "notFound",
    `This folder's stack is not running: no container of ${compose.file} exists.`,
    {
      hint: `Start it: docker compose --project-directory ${shellWord(compose.folder)} up -d`,
      data: { project: compose.project, folder: compose.folder, candidates: folders(stacks) },
    },
  );
}

/** Compose takes every project of the same name for this one: started here, it would be replaced. */
function startedElsewhere(
  { project, workingDir, windowsDir }: Stack,
  { file, folder }: ComposeFolder,
): OakumError {
  const place = windowsDir ?? workingDir;
  const from = windowsDir !== undefined
    ? `was started from Windows (${windowsDir}), and ${folder} is not that folder as seen from here`
    : place !== undefined
    ? `was started from ${place}, not from ${folder}`
    : "does not say from which folder it was started";
  return new OakumError(
    "stack-elsewhere",
    "notFound",
    `The stack "${project}" has the name of ${file}, but it ${from}.`,
    {
      hint: `If it is this folder's, name it: --project ${project}. If it is another one, give ` +
        "this one a name of its own before you start it: docker compose up would take the other's " +
        "containers over.",
      data: { project, folder, startedFrom: place ?? null },
    },
  );
}

function noneAtAll(others: readonly Other[] | undefined): string {
  return unseen(others)?.trim() ??
    "No Compose stack is on this engine. Start yours: docker compose up -d";
}

/** Servers that people may have in mind and that no stack has. */
function unseen(others: readonly Other[] = []): string | undefined {
  const servers = others.filter(({ image }) => isServerImage(image)).map(({ name }) => name);
  return servers.length > 0 ? ` ${notByCompose(servers)}. ${BY_COMPOSE}` : undefined;
}

function noStack(
  stacks: readonly Stack[],
  { settings: { directory }, others }: StackWish,
  compose: ComposeFolder | undefined,
): OakumError {
  if (compose) return notRunning(compose, stacks);
  const [first] = stacks;
  return new OakumError(
    "no-stack",
    "notFound",
    `No Compose stack belongs to the folder ${directory}.`,
    {
      hint: first
        ? `Go to a stack's folder, or name one: --project ${first.project}. There are: ${
          listed(stacks)
        }.${unseen(others) ?? ""}`
        : noneAtAll(others),
      data: { folder: directory, candidates: folders(stacks) },
    },
  );
}

function ambiguous(stacks: readonly Stack[], why: string, more?: string): OakumError {
  const { project } = stacks.find(({ running }) => running) ?? stacks[0]!;
  return new OakumError("stack-ambiguous", "notFound", `${why}: ${listed(stacks)}.`, {
    hint: `Name one: --project ${project}${more === undefined ? "" : `.${more}`}`,
    data: { candidates: folders(stacks) },
  });
}
