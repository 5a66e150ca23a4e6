import assert from "node:assert/strict";
import { WORK } from "../../../src/commands/work.ts";
import { bash } from "../../cli/program.ts";

/** A refusal, and the commands that its hint has a person type. */
export interface Refused {
  /** What was typed, without `oakum`. */
  readonly command: string;
  readonly code: string;
  readonly hint: string;
  readonly commands: readonly string[];
}

/** How a command ended: well, or with an error. */
export interface Walked {
  readonly command: string;
  readonly code: string | undefined;
  readonly hint: string;
  readonly report: Record<string, unknown>;
  /** Everything that it wrote, for a failing test. */
  readonly said: string;
}

/** How many commands a person types, one hint after the other, before they give up. */
const PATIENCE = 3;

/** A person at a shell who types what hints say. */
export class Walk {
  constructor(
    private readonly cwd: string,
    private readonly env: Readonly<Record<string, string>> = {},
  ) {}

  /** The same person with other settings in their environment. */
  with(env: Readonly<Record<string, string>>): Walk {
    return new Walk(this.cwd, { ...this.env, ...env });
  }

  /** Types a command of oakum's, as a line of a shell has it. */
  async type(command: string): Promise<Walked> {
    const { cwd, env } = this;
    const { stdout, stderr } = await bash(`oakum ${command} --yes --json`, { cwd, env });
    const said = `oakum ${command}\n${stdout}${stderr}`;
    const last = stdout.trim().split("\n").at(-1) || "{}";
    assert.match(last, /^\{/, said);
    const { error, report = {}, ...bare } = JSON.parse(last);
    // Of several files each has its own end.
    const { code, hint } = error ?? report.failed?.[0] ?? {};
    return { command, code, hint: hint ?? "", report: { ...bare, ...report }, said };
  }

  /** Types what must end well. */
  async done(command: string): Promise<Walked> {
    const walked = await this.type(command);
    assert.equal(walked.code, undefined, walked.said);
    return walked;
  }

  /** Types what must be refused with a code. */
  async refused(command: string, code: string): Promise<Refused> {
    const walked = await this.type(command);
    assert.equal(walked.code, code, walked.said);
    return asRefused(walked);
  }

  /**
   * Types every command of a hint, or the one that is chosen, and what the hints of these say; fails
   * where one ends as an earlier one of its chain did, or where the chain never ends. `filled` has the
   * words that a hint leaves open, such as FILE. Answers with the last end.
   */
  async follow(
    refused: Refused,
    { only, filled = {} }: { only?: number; filled?: Readonly<Record<string, string>> } = {},
  ): Promise<Walked> {
    const { commands } = refused;
    assert.notEqual(commands.length, 0, `"${refused.hint}" names no command`);
    let last: Walked | undefined;
    for (const command of only === undefined ? commands : [commands[only] ?? ""]) {
      last = await this.#chase(filledIn(command, filled), [refused.code]);
    }
    return last!;
  }

  /** Types the same again with what the hint asks to agree to. */
  async agree({ command, code, hint }: Refused): Promise<Walked> {
    const flags = hint.match(/--allow [a-z-]+|--create-roles|--no-owner/g) ?? [];
    assert.notEqual(flags.length, 0, `"${hint}" asks for no consent`);
    return await this.#chase(`${command} ${flags.join(" ")}`, [code]);
  }

  async #chase(command: string, seen: readonly string[]): Promise<Walked> {
    const walked = await this.type(command);
    const { code, hint, said } = walked;
    if (code === undefined) return walked;
    assert.ok(!seen.includes(code), `after ${seen.join(", ")} it is ${code} again: ${said}`);
    const [next] = commandsIn(hint);
    if (next === undefined) return walked;
    assert.ok(seen.length < PATIENCE, `${[...seen, code].join(", ")} comes to no end: ${said}`);
    return await this.#chase(next, [...seen, code]);
  }
}

function asRefused({ command, code = "", hint }: Walked): Refused {
  return { command, code, hint, commands: commandsIn(hint) };
}

function filledIn(command: string, filled: Readonly<Record<string, string>>): string {
  const text = command.replaceAll(/\b[A-Z]{4,}\b/g, (word) => filled[word] ?? word);
  assert.doesNotMatch(text, /(^| )[A-Z]{4,}( |$)/, "a word of the hint is still open");
  return text;
}

const VERBS = new Set(Object.keys(WORK).flatMap((verb) => verb.split(" ")));
/** Options that take no word after them. */
const ALONE = /^--(?:yes|dry-run|locate|purge|no-[a-z-]+|new-image|end-leftovers|from-empty)$/;
/** Words of English that are also arguments. */
const GOALS = new Set(["base", "head", "heads", "latest"]);
const WORD = /\s*((?:'[^']*'|[^\s'])+)/y;

/** The commands of oakum's in a hint, without `oakum`; a sentence may go on behind one. */
export function commandsIn(hint: string): string[] {
  return [...hint.matchAll(/\boakum (?=[a-z])/g)].flatMap(({ index }) => {
    const words = wordsFrom(hint, index + "oakum".length);
    return words.length > 0 ? [words.join(" ")] : [];
  });
}

function wordsFrom(hint: string, from: number): string[] {
  const words: string[] = [];
  WORD.lastIndex = from;
  for (;;) {
    const [, found] = WORD.exec(hint) ?? [];
    const word = found?.replace(/[.,;:)`"]+$/, "");
    if (!word || !belongs(word, words)) return words;
    words.push(word);
    if (word !== found) return words;
  }
}

function belongs(word: string, before: readonly string[]): boolean {
  const last = before.at(-1);
  if (last === undefined || last === "config") return VERBS.has(word);
  if (last.startsWith("--") && !ALONE.test(last)) return true;
  return GOALS.has(word) || /[^a-z]/.test(word);
}
