/** Writes a hundred lines into a journal, as fast as it can: `deno run writer.ts FOLDER RUN`. */
import { Journal } from "../../../src/backups/journal.ts";
import { systemClock } from "../../../src/core/time.ts";

const [folder, run] = Deno.args;
const journal = new Journal(folder!, run!, systemClock);
for (let n = 0; n < 50; n++) {
  const step = await journal.begin("upgrade", "apply", { n, filler: run!.repeat(n * 100) });
  await step.end(true);
}
