import { secretValues, variablesOf } from "../../core/secrets.ts";
import type { ContainerDetail } from "../../docker/shapes.ts";
import type { AppShell } from "./run_command.ts";

export { scrubbed } from "../../core/secrets.ts";

/** What of an app's variables is not for anybody's eyes. */
export function secretsOf({ Config: { Env } }: ContainerDetail, shell: AppShell): string[] {
  return secretValues([...variablesOf(Env), ...Object.entries(shell.environment)]);
}
