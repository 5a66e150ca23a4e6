import type { ContainerDetail } from "../docker/shapes.ts";
import type { Landscape } from "./landscape.ts";
import { alembicOf, byRunningThenName, type Service } from "./services.ts";

/**
 * Puts services together that run the same migrations: web, worker and beat of one code base. In
 * each group and among groups the running ones come first, then by name.
 */
export async function groupByScripts(
  services: readonly Service[],
  landscape: Landscape,
): Promise<Service[][]> {
  const identified = await Promise.all(
    services.toSorted(byRunningThenName).map(async (service) => ({
      service,
      revisions: alembicOf(service)?.revisions,
      files: await filesOf(service, landscape),
    })),
  );
  const groups: (typeof identified)[] = [];
  for (const one of identified) {
    const group = groups.find((known) =>
      known.some(({ revisions, files }) =>
        // Files that were compared decide; else the image and what is mounted into it.
        revisions !== undefined && one.revisions !== undefined
          ? revisions === one.revisions
          : files !== undefined && files === one.files
      )
    );
    if (group) group.push(one);
    else groups.push([one]);
  }
  return groups.map((group) => group.map(({ service }) => service));
}

/** Compose labels the images that it builds, so that ids differ where layers do not. */
async function filesOf(service: Service, landscape: Landscape): Promise<string | undefined> {
  const image = await landscape.survey.image(service.container.Image);
  const layers = image?.RootFS?.Layers ?? [];
  if (layers.length === 0) return undefined;
  return JSON.stringify([layers, codeMounts(service.container, alembicOf(service)?.path ?? "/")]);
}

/** What is mounted where the migrations lie. */
function codeMounts({ Mounts }: ContainerDetail, config: string): string[] {
  const folder = config.slice(0, config.lastIndexOf("/"));
  return Mounts
    .filter(({ Destination }) =>
      config.startsWith(`${Destination}/`) || Destination.startsWith(`${folder}/`)
    )
    .map(({ Type, Source, Destination }) => `${Type} ${Source} ${Destination}`).sort();
}
