import { Buffer } from "node:buffer";

/** What is looked for in a script on its way to psql. */
export interface ScriptWatch {
  /** Called before the line is handed on that names a role which the script has not made before. */
  onRole(name: string): Promise<void>;
}

const NEWLINE = 0x0a;
const COPY = /^COPY .* FROM stdin;\r?$/i;
const COPY_END = /^\\\.\r?$/;
const NAME = `("(?:[^"]|"")+"|[A-Za-z_][A-Za-z0-9_$]*)`;

/** The places where pg_dump, pg_dumpall and their users name roles. */
const ROLES = [
  new RegExp(`^ALTER .* OWNER TO ${NAME};\\r?$`, "i"),
  new RegExp(`^(?:GRANT|REVOKE) .* (?:TO|FROM) ${NAME}(?: WITH GRANT OPTION)?;\\r?$`, "i"),
  new RegExp(`^SET SESSION AUTHORIZATION ${NAME};\\r?$`, "i"),
  new RegExp(`^ALTER DEFAULT PRIVILEGES FOR ROLE ${NAME} `, "i"),
  new RegExp(`^CREATE SCHEMA .* AUTHORIZATION ${NAME};\\r?$`, "i"),
  new RegExp(`^CREATE POLICY .* TO ${NAME}[ ;]`, "i"),
];

const OWN_ROLE = new RegExp(`^CREATE (?:ROLE|USER|GROUP) ${NAME}[ ;]`, "i");

const NO_ROLE = new Set(["public", "current_user", "session_user", "current_role", "default"]);

/**
 * Hands a plain dump on as it is and looks at its lines; rows of a COPY are passed over, since there
 * a line may look like a command and be data.
 */
export async function* watchScript(
  chunks: AsyncIterable<Uint8Array>,
  watch: ScriptWatch,
): AsyncGenerator<Uint8Array> {
  const state = { inCopy: false, seen: new Set<string>() };
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const data = rest.length > 0 ? Buffer.concat([rest, chunk]) : Buffer.from(chunk);
    const end = data.lastIndexOf(NEWLINE) + 1;
    rest = Buffer.from(data.subarray(end));
    if (end === 0) continue;
    const block = data.subarray(0, end);
    await look(block, state, watch);
    yield block;
  }
  if (rest.length === 0) return;
  await look(rest, state, watch);
  yield rest;
}

/** Hands a script on, and behind it a line of ours. */
export async function* endingWith(
  script: AsyncIterable<Uint8Array>,
  line: string,
): AsyncGenerator<Uint8Array> {
  yield* script;
  yield Buffer.from(`\n${line}\n`);
}

interface State {
  inCopy: boolean;
  readonly seen: Set<string>;
}

async function look(block: Buffer, state: State, watch: ScriptWatch): Promise<void> {
  for (let at = 0; at < block.length;) {
    const newline = block.indexOf(NEWLINE, at);
    const end = newline < 0 ? block.length : newline;
    // Rows are long and many; what ends them is not.
    if (!state.inCopy || end - at <= 3) {
      await lookAt(block.toString("latin1", at, end), state, watch);
    }
    at = end + 1;
  }
}

async function lookAt(line: string, state: State, watch: ScriptWatch): Promise<void> {
  if (state.inCopy) {
    state.inCopy = !COPY_END.test(line);
    return;
  }
  state.inCopy = COPY.test(line);
  await tellRole(line, state, watch);
}

async function tellRole(line: string, { seen }: State, watch: ScriptWatch): Promise<void> {
  const own = OWN_ROLE.exec(line)?.[1];
  if (own !== undefined) seen.add(unquoted(own));
  for (const pattern of ROLES) {
    const written = pattern.exec(line)?.[1];
    const name = written === undefined ? undefined : unquoted(written);
    if (name === undefined || NO_ROLE.has(name) || seen.has(name)) continue;
    seen.add(name);
    await watch.onRole(name);
  }
}

/** An identifier as the server knows it: quoted ones as they are, others in lower case. */
function unquoted(written: string): string {
  const bytes = written.startsWith('"')
    ? written.slice(1, -1).replaceAll('""', '"')
    : written.toLowerCase();
  return Buffer.from(bytes, "latin1").toString("utf8");
}
