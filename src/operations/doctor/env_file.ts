import { join } from "node:path";
import type { Check } from "../../reports/doctor.ts";
import { variablesOf } from "../../targets/environment.ts";
import type { Stack } from "../../targets/target.ts";
import { ok, trouble } from "./checks.ts";
import { expectedEnvironments, type ReadText, statedIn } from "./compose_environment.ts";

/** A container of a service with the environment that it was made with. */
export interface Made {
  readonly service: string;
  readonly container: {
    readonly Name: string;
    readonly Config: {
      readonly Env: readonly string[];
      readonly Labels: Readonly<Record<string, string>>;
    };
  };
}

const readText: ReadText = (path) => Deno.readTextFile(path).catch(() => undefined);

/**
 * What `.env` and the compose files say by now, against what the containers were made with; only
 * names are told.
 */
export async function checkEnvFile(
  { workingDir, configFiles }: Stack,
  made: readonly Made[],
): Promise<Check[]> {
  if (workingDir === undefined) return [];
  const label = made[0]?.container.Config.Labels["com.docker.compose.project.environment_file"];
  const path = label?.startsWith("/") ? label.split(",")[0]! : join(workingDir, ".env");
  const text = await readText(path);
  const expected = await expectedEnvironments(configFiles, statedIn(text ?? ""), readText);
  const differing = made.flatMap(({ service, container: { Name, Config } }) => {
    const has = variablesOf(Config.Env);
    return Object.entries(expected.get(service) ?? {})
      .filter(([name, value]) => has[name] !== value)
      .map(([name]) => ({ service, name, text: `${name} of ${Name.slice(1)}` }));
  });
  const files = [...text === undefined ? [] : [path], ...configFiles].join(" and ");
  if (differing.length === 0) {
    const agrees = `The containers were made with what is in ${files}.`;
    return expected.size > 0 ? [ok("env-file", agrees)] : [];
  }
  const services = [...new Set(differing.map(({ service }) => service))].join(" ");
  const set = differing.some(({ name }) => /^POSTGRES(QL)?_(POSTGRES_)?PASSWORD$/.test(name))
    ? "; the password inside the database stays as it was until \\password changes it there"
    : "";
  return [
    trouble(
      "env-file",
      `The containers were made before ${files} changed: ` +
        `${differing.map((one) => one.text).join(", ")}.`,
      `docker compose up -d ${services}${set}`,
    ),
  ];
}
