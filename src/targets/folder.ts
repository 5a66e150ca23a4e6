import { basename, dirname, join } from "node:path";

/** A folder whose compose file nobody started. */
export interface ComposeFolder {
  readonly folder: string;
  readonly file: string;
  /** The project's name as `docker compose` would derive it there. */
  readonly project: string;
}

const FILES = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"] as const;

/** The compose file of a folder or of its nearest parent that has one, as Compose looks for it. */
export async function findComposeFolder(from: string): Promise<ComposeFolder | undefined> {
  for (let folder = from;; folder = dirname(folder)) {
    for (const name of FILES) {
      const text = await Deno.readTextFile(join(folder, name)).catch(() => undefined);
      if (text === undefined) continue;
      return { folder, file: join(folder, name), project: await projectOf(folder, text) };
    }
    if (dirname(folder) === folder) return undefined;
  }
}

/** `COMPOSE_PROJECT_NAME` of `.env`, else `name:` of the file, else the folder's own name. */
async function projectOf(folder: string, compose: string): Promise<string> {
  const env = await Deno.readTextFile(join(folder, ".env")).catch(() => "");
  const said = /^\s*(?:export\s+)?COMPOSE_PROJECT_NAME\s*=\s*["']?([^"'\s#]+)/m.exec(env)?.[1];
  const named = /^name:\s*["']?([^"'\s#$]+)["']?\s*(?:#.*)?$/m.exec(compose)?.[1];
  return said ?? named ?? projectName(basename(folder));
}

/** A folder's name as Compose makes a project's of it. */
export function projectName(folder: string): string {
  return folder.toLowerCase().replaceAll(/[^a-z0-9_-]/g, "").replace(/^[_-]+/, "");
}

/** A path with its links followed; one that is not on this machine stays as it is. */
export async function realPath(path: string): Promise<string> {
  return await Deno.realPath(path).catch(() => path);
}
