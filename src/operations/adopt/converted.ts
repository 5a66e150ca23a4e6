import { OakumError } from "../../core/errors.ts";
import { isBrokenPipe } from "../../postgres/load.ts";
import type { ServerSession } from "../../postgres/session.ts";
import { toolCommand } from "../../postgres/tools.ts";

/** A custom-format dump as the script that pg_restore makes of it on its way. */
export async function* converted(
  session: Pick<ServerSession, "tool">,
  dump: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const cmd = toolCommand("pg_restore", ["--file=-"]);
  await using exec = await session.tool(cmd, { database: "postgres", stdin: true }, signal);
  let broken: unknown;
  const feeding = exec.feed(dump).catch(async (error) => {
    // pg_restore says itself why it stopped reading.
    if (isBrokenPipe(error)) return;
    broken = error;
    // One that gets neither more nor an end waits for ever.
    await exec[Symbol.asyncDispose]();
  });
  let complaint = "";
  try {
    for await (const { stream, data } of exec.output()) {
      if (stream === "stdout") yield data;
      else complaint = (complaint + new TextDecoder().decode(data)).slice(-2000);
    }
  } catch (error) {
    throw broken ?? error;
  }
  await feeding;
  if (broken !== undefined) throw broken;
  const code = await exec.exitCode(signal);
  if (code !== 0) throw unreadable(complaint);
}

function unreadable(complaint: string): OakumError {
  return new OakumError(
    "foreign-dump-cut",
    "refused",
    `pg_restore cannot read the dump: ${complaint.trim()}`,
    { hint: "It is damaged or cut: use an older dump." },
  );
}
