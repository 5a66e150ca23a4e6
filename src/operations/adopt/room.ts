import type { LooseDump } from "../../backups/loose.ts";
import { freeSpace } from "../../backups/space.ts";
import { OakumError } from "../../core/errors.ts";
import { size } from "../../core/sizes.ts";
import type { Sandbox } from "../../postgres/sandbox.ts";
import { copyDemands, judgeRoom, measureRoom, roomText } from "../../postgres/space.ts";

/** What pg_dump makes of a text at its fastest level, at best (measured: a quarter to a third). */
const PACKED = 1 / 4;

/** Refuses a dump whose backup cannot fit into the folder, before a sandbox is made for it. */
export async function requireFolderRoom(dump: LooseDump, folder: string): Promise<void> {
  const needed = Math.ceil(dump.textBytes * PACKED);
  const free = await freeSpace(folder);
  if (free >= needed) return;
  throw new OakumError(
    "too-little-space",
    "refused",
    `"${folder}" has ${size(free)} free; the backup that comes of "${dump.path}" needs about ` +
      `${size(needed)}.`,
    {
      hint: "Free some space there, or choose another folder with --dir.",
      data: { path: folder, free, needed },
    },
  );
}

/** Refuses a dump that Docker's disk has no room for; one that grows further is stopped by a watch. */
export async function requireSandboxRoom(dump: LooseDump, sandbox: Sandbox): Promise<void> {
  const { folders } = sandbox;
  const [system] = await measureRoom(sandbox, [folders.data]) ?? [];
  if (!system) return;
  const verdicts = judgeRoom(copyDemands(folders, [system, system], dump.textBytes));
  const short = verdicts.filter(({ enough }) => !enough);
  if (short.length === 0) return;
  throw new OakumError(
    "sandbox-disk",
    "refused",
    `There is no room to load "${dump.path}" in a sandbox: ${short.map(roomText).join(" ")}`,
    { hint: "Free some space for Docker; a full disk would take the live server down with it." },
  );
}
