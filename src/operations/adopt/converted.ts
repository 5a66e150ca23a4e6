import { OakumError } from "../../core/errors.ts";
import type { OnBytes } from "../../core/read_file.ts";
import { shellWord } from "../../core/shell.ts";
import type { RunningExec } from "../../docker/exec.ts";
import { isBrokenPipe } from "../../postgres/load.ts";
import type { ServerSession } from "../../postgres/session.ts";
import { toolCommand } from "../../postgres/tools.ts";
import { uploadFolder } from "../../postgres/upload.ts";

/** What is known of an archive, for what pg_restore may say of it. */
export interface ArchiveFacts {
  readonly path: string;
  /** The major version of the pg_dump that wrote it. */
  readonly from: number | undefined;
}

/** A dump in custom or tar format as the script that pg_restore makes of it on its way. */
export async function* converted(
  session: Pick<ServerSession, "tool" | "facts">,
  dump: AsyncIterable<Uint8Array>,
  facts: ArchiveFacts,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const cmd = toolCommand("pg_restore", ["--file=-"]);
  const how = { database: "postgres", stdin: true, env: ENGLISH };
  await using exec = await session.tool(cmd, how, signal);
  let broken: unknown;
  const feeding = exec.feed(dump).catch(async (error) => {
    // pg_restore says itself why it stopped reading.
    if (isBrokenPipe(error)) return;
    broken = error;
    // One that gets neither more nor an end waits for ever.
    await exec[Symbol.asyncDispose]();
  });
  const reading = script(session, exec, facts, signal);
  try {
    yield* reading;
  } catch (error) {
    throw broken ?? error;
  }
  await feeding;
  if (broken !== undefined) throw broken;
}

/** The same of one that lies in a folder, which is brought to where pg_restore runs. */
export async function* convertedFolder(
  session: ServerSession,
  onBytes: OnBytes,
  facts: ArchiveFacts,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const folder = await uploadFolder(session.toolHost, facts.path, onBytes, signal);
  const cmd = toolCommand("pg_restore", ["--file=-", folder]);
  await using exec = await session.tool(cmd, { database: "postgres", env: ENGLISH }, signal);
  yield* script(session, exec, facts, signal);
}

const ENGLISH = { LC_ALL: "C" };

async function* script(
  session: Pick<ServerSession, "facts">,
  exec: RunningExec,
  facts: ArchiveFacts,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let complaint = "";
  for await (const { stream, data } of exec.output()) {
    if (stream === "stdout") yield data;
    else complaint = (complaint + new TextDecoder().decode(data)).slice(-2000);
  }
  const code = await exec.exitCode(signal);
  if (code !== 0) throw unreadable(complaint.trim(), facts, session.facts.major);
}

function unreadable(
  complaint: string,
  { path, from }: ArchiveFacts,
  major: number | undefined,
): OakumError {
  if (/unsupported version/.test(complaint)) return tooNew(complaint, path, from, major);
  if (/does not support compression|not built with/.test(complaint)) {
    return new OakumError(
      "dump-unsupported",
      "refused",
      `"${path}" is packed as the pg_restore of the server's image cannot read: ${complaint}`,
      {
        hint: "Where it was dumped, or wherever pg_restore reads it, make a script of it: " +
          `pg_restore -f ${shellWord(`${path}.sql`)} ${shellWord(path)}; and adopt that.`,
        data: { path },
      },
    );
  }
  return new OakumError(
    "foreign-dump-cut",
    "refused",
    `pg_restore cannot read the dump "${path}": ${complaint}`,
    { hint: "It is damaged or cut: use another dump.", data: { path } },
  );
}

function tooNew(
  complaint: string,
  path: string,
  from: number | undefined,
  major: number | undefined,
): OakumError {
  const by = from === undefined ? "a newer pg_dump" : `pg_dump ${from}`;
  const where = from === undefined ? "that version" : `PostgreSQL ${from}`;
  return new OakumError(
    "dump-too-new",
    "refused",
    `"${path}" was written by ${by}, and this server's pg_restore${
      major ? ` ${major}` : ""
    } does ` +
      `not read that: ${complaint}`,
    {
      hint: `It is neither damaged nor cut. Where ${where} is, make a script of it: ` +
        `pg_restore -f ${shellWord(`${path}.sql`)} ${shellWord(path)}; and adopt that. ` +
        `Or adopt it in a stack with ${where}.`,
      data: { path, from, major },
    },
  );
}
