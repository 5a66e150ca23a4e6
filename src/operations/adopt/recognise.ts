import { type LooseDump, recogniseDump } from "../../backups/loose.ts";
import { fileError } from "../../backups/file_error.ts";
import { OakumError } from "../../core/errors.ts";
import type { OnBytes } from "../../core/read_file.ts";
import { type Survey, surveyScript } from "../../postgres/script/survey.ts";
import { scriptText } from "./text.ts";

/** A foreign file, with what it says before any of it is run. */
export interface RecognisedDump extends LooseDump {
  /** What a script makes and expects; an archive makes no database and expects none. */
  readonly survey: Survey;
  /** Whether it has its end; null where nothing marks that, or only pg_restore can tell. */
  readonly whole: true | null;
  /** Why it is not known whether it is whole; empty where it is. */
  readonly doubt: string;
}

const OF_ARCHIVE: Survey = { created: [], expected: [], whole: null, from: undefined };

/** What a foreign file is; refuses one that is cut, or that would not be carried out whole. */
export async function recogniseWhole(
  path: string,
  signal: AbortSignal,
  onBytes: OnBytes = () => {},
): Promise<RecognisedDump> {
  const dump = await recogniseDump(path, signal);
  if (dump.broken !== null) throw cut(path, dump.broken);
  if (!isScript(dump)) {
    const doubt = "only a full read by pg_restore shows whether such a dump is whole";
    return { ...dump, survey: { ...OF_ARCHIVE, from: dump.from }, whole: null, doubt };
  }
  const survey = await surveyScript(path, watched(scriptText(dump, onBytes), signal))
    .catch((error) => {
      signal.throwIfAborted();
      throw fileError("read", path, error, "refused");
    });
  const doubt = survey.whole ? "" : "it is not by pg_dump, so nothing marks its end";
  return { ...dump, survey, whole: survey.whole, doubt };
}

/** Whether it is SQL as it lies there. */
export function isScript({ kind }: Pick<LooseDump, "kind">): boolean {
  return kind === "plain" || kind === "plain-gzip";
}

async function* watched(
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    yield chunk;
  }
}

function cut(path: string, broken: string): OakumError {
  return new OakumError("foreign-dump-cut", "refused", `"${path}" is not whole: ${broken}.`, {
    hint: "What is missing is lost: use another dump.",
    data: { path },
  });
}
