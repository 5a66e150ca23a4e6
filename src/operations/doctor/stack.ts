import type { Check } from "../../reports/doctor.ts";
import type { ServiceView, StackView } from "../../targets/view.ts";
import { upgradeByHand } from "../../targets/other_tools.ts";
import { ok, trouble, warning } from "./checks.ts";

/** Services that migrate whenever they start, and images that are newer than what runs. */
export function checkServices({ services }: StackView): Check[] {
  const starts = services.flatMap(checkStart);
  const images = services.flatMap(checkImage);
  return [
    ...starts.length > 0
      ? starts
      : [ok("migrates-at-start", "No service migrates in its own command or entrypoint.")],
    ...images.length > 0
      ? images
      : [ok("newer-image", "Every service runs the newest image of its tag.")],
  ];
}

function checkStart({ service, migratesAtStart, containers }: ServiceView): Check[] {
  if (!migratesAtStart) return [];
  const text = `${service} runs migrations whenever it starts (${migratesAtStart.where})` +
    (containers.length > 1 ? `, in ${containers.length} containers at once.` : ".");
  const { tool } = migratesAtStart;
  const mend = tool === "alembic"
    ? "Take it out of there, and migrate with oakum upgrade before the app is started."
    : `Take it out of there, and before an upgrade: ${upgradeByHand(tool, service)}`;
  return [(containers.length > 1 ? trouble : warning)("migrates-at-start", text, mend)];
}

function checkImage({ service, newerImage }: ServiceView): Check[] {
  if (!newerImage) return [];
  const text = `${newerImage.tag} is newer than what ${service} runs.`;
  return [
    warning("newer-image", text, `oakum upgrade --new-image, then docker compose up -d ${service}`),
  ];
}

/** Servers that take no connections. */
export function checkServers({ servers }: Pick<StackView, "servers">): Check[] {
  return servers.flatMap(({ container, state }) => {
    const word = state.split(" ")[0];
    if (word === "running") return [];
    const mends: Readonly<Record<string, string>> = {
      paused: `docker unpause ${container}`,
      restarting: `See why: docker logs --tail 50 ${container}`,
    };
    const mend = mends[word ?? ""] ?? `docker start ${container}`;
    return [trouble("database-stopped", `${container} is ${state}.`, mend)];
  });
}
