import { Buffer } from "node:buffer";
import { ScriptLexer } from "../../../../src/postgres/script/lexer.ts";
import type { Command, Statement } from "../../../../src/postgres/script/statement.ts";

/** The statements of a script. */
export function statementsOf(script: string): Statement[] {
  return piecesOf(script).flatMap(({ ended }) => ended ?? []);
}

/** Its only statement. */
export function statementOf(script: string): Statement {
  const [statement, ...more] = statementsOf(script);
  if (!statement || more.length > 0) throw new Error(`"${script}" is not one statement`);
  return statement;
}

/** Its only command to psql. */
export function commandOf(script: string): Command {
  const [command, ...more] = piecesOf(script).flatMap(({ command }) => command ?? []);
  if (!command || more.length > 0) throw new Error(`"${script}" is not one command`);
  return command;
}

function piecesOf(script: string) {
  const lexer = new ScriptLexer();
  return [...lexer.push(Buffer.from(script)), ...lexer.end().pieces];
}

/** A script as a stream of one chunk. */
export async function* stream(...chunks: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    await Promise.resolve();
    yield typeof chunk === "string" ? Buffer.from(chunk) : chunk;
  }
}
