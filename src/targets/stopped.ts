import { posix } from "node:path";
import type { Engine } from "../docker/engine.ts";
import type { ContainerDetail } from "../docker/shapes.ts";
import type { LookHint } from "./environment.ts";
import { readText } from "./files.ts";
import type { Sighting } from "./sightings.ts";

const BELOW = [
  "",
  "backend",
  "app",
  "src",
  "api",
  "server",
  "migrations",
  "alembic",
  "db",
] as const;
const USUAL = ["/app", "/code", "/src", "/srv/app", "/opt/app", "/usr/src/app"] as const;

/** Looks for migration tools in a container that runs nothing: in the usual places only. */
export async function sightedInArchive(
  engine: Engine,
  container: ContainerDetail,
  hint: LookHint,
): Promise<Sighting[]> {
  const workdir = hint.workdir || container.Config.WorkingDir || "/";
  const paths = hint.config
    ? [posix.resolve(workdir, hint.config)]
    : usualPlaces(workdir).map((folder) => posix.join(folder, "alembic.ini"));
  for (const path of paths) {
    const text = await readText(engine, container.Id, path);
    if (text === undefined) continue;
    const script = await readText(engine, container.Id, posix.join(posix.dirname(path), "env.py"));
    const tool = /flask_migrate|current_app/.test(script ?? "") ? "flask" : "alembic";
    return [{ tool, path, revisions: undefined }];
  }
  const project = await readText(engine, container.Id, posix.join(workdir, "pyproject.toml"));
  if (/^\[tool\.alembic\]/m.test(project ?? "")) {
    const path = posix.join(workdir, "pyproject.toml");
    return [{ tool: "alembic", path, revisions: undefined }];
  }
  const manage = await readText(engine, container.Id, posix.join(workdir, "manage.py"));
  if (!manage?.includes("DJANGO_SETTINGS_MODULE")) return [];
  return [{ tool: "django", path: posix.join(workdir, "manage.py"), revisions: undefined }];
}

function usualPlaces(workdir: string): string[] {
  return [...new Set([...BELOW.map((name) => posix.join(workdir, name)), ...USUAL])];
}
