import { OakumError } from "../core/errors.ts";
import { gunzipped } from "../core/gunzip.ts";
import type { DumpFormat } from "./dump.ts";
import { isBrokenPipe } from "./load.ts";
import { killed } from "./load_failure.ts";
import type { ServerSession } from "./session.ts";
import { Complaints, toolCommand } from "./tools.ts";

/**
 * Reads a dump to its last byte as a restore would, without restoring it: `pg_restore --list` is
 * content with a file that was cut anywhere, a full read is not. Each chunk is done with when the
 * next is asked for. Throws an `OakumError` with outcome `finding` for a dump that does not read.
 */
export async function fullRead(
  session: ServerSession,
  dump: AsyncIterable<Uint8Array>,
  form: DumpFormat,
  signal: AbortSignal,
): Promise<void> {
  if (form.format === "custom") await readArchive(session, dump, signal);
  else await readScript(dump, form.compression);
}

async function readArchive(
  session: ServerSession,
  dump: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const cmd = toolCommand("pg_restore", ["--file=/dev/null"]);
  const env = { LC_ALL: "C" };
  await using exec = await session.tool(cmd, { database: "postgres", stdin: true, env }, signal);
  const complaints = new Complaints();
  const listening = (async () => {
    for await (const { data } of exec.output()) complaints.push(data);
  })();
  // A reader that stops early says why on stderr; the write that it breaks off says nothing.
  const broken = await exec.feed(dump).then(() => undefined, (error) => error);
  // One that gets neither more nor an end waits for ever.
  if (broken !== undefined && !isBrokenPipe(broken)) {
    await exec[Symbol.asyncDispose]();
    await listening.catch(() => {});
    throw broken;
  }
  await listening.catch(() => {});
  signal.throwIfAborted();
  const code = await exec.exitCode(signal);
  if (code === 0 && broken === undefined) return;
  const end = killed({ tool: "pg_restore", code, text: complaints.text });
  if (end) throw end;
  const why = complaints.firstError || (broken as Error | undefined)?.message ||
    `exit code ${code}`;
  throw unreadable(`pg_restore cannot read it: ${why}`);
}

const COMPLETE = "-- PostgreSQL database dump complete";

/** psql takes a script that was cut between two lines for a whole one: only its last words tell. */
async function readScript(dump: AsyncIterable<Uint8Array>, compression: string): Promise<void> {
  const text = compression === "none" ? dump : gunzipped(dump);
  let tail = "";
  const decoder = new TextDecoder("latin1");
  try {
    for await (const chunk of text) tail = (tail + decoder.decode(chunk as Uint8Array)).slice(-400);
  } catch (error) {
    if (!String((error as { code?: unknown }).code).startsWith("Z_")) throw error;
    throw unreadable(`it does not decompress: ${(error as Error).message}`);
  }
  if (!tail.includes(`\n${COMPLETE}\n`)) throw unreadable(`its last line is not "${COMPLETE}"`);
}

function unreadable(why: string): OakumError {
  return new OakumError(
    "dump-unreadable",
    "finding",
    `The dump does not read to its end: ${why}.`,
    {
      hint: "Do not rely on it. Older backups are as they were: oakum backups",
    },
  );
}
