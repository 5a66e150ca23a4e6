import { z } from "zod";
import { readYaml } from "../config/document.ts";
import { shellWord } from "../core/shell.ts";
import type { Member } from "./survey.ts";
import type { Stack } from "./target.ts";

/** A service of the compose files that no container was ever made of. */
export interface NeverCreated {
  readonly service: string;
  /** Compose makes it only where one of these is asked for. */
  readonly profiles: readonly string[];
}

const composeFile = z.object({
  services: z.record(
    z.string(),
    z.object({ profiles: z.array(z.string()).nullish() }).catch({}),
  ),
});

/** Services of a stack's compose files that nobody could look into, since they were never made. */
export async function neverCreated(
  { configFiles }: Stack,
  members: readonly Pick<Member, "service">[],
): Promise<NeverCreated[]> {
  const found = new Map<string, NeverCreated>();
  for (const file of configFiles) {
    const text = await Deno.readTextFile(file).catch(() => undefined);
    const document = text === undefined ? undefined : await readYaml(text);
    const content = document && "content" in document ? document.content : undefined;
    const { services = {} } = composeFile.safeParse(content).data ?? {};
    for (const [service, { profiles }] of Object.entries(services)) {
      if (members.some((one) => one.service === service)) continue;
      found.set(service, { service, profiles: profiles ?? found.get(service)?.profiles ?? [] });
    }
  }
  return [...found.values()];
}

/** Why they were not looked into, for people. */
export function neverCreatedText(services: readonly NeverCreated[]): string {
  return services.map(({ service, profiles }) =>
    `${service} has no container` +
    (profiles.length > 0 ? `, since it is under the profile ${profiles.join(", ")}` : "")
  ).join("; ");
}

/** What makes one of them, without starting it. */
export function createCommand({ service, profiles: [profile] }: NeverCreated): string {
  const under = profile === undefined ? "" : `--profile ${shellWord(profile)} `;
  return `docker compose ${under}create ${shellWord(service)}`;
}
