import { messageOf } from "../core/errors.ts";
import type { Problem } from "./problems.ts";

/** A YAML document: what it says, and on which line. */
export interface YamlDocument {
  readonly content: unknown;
  /** The line of the value at a path of keys and indexes, or of the nearest thing around it. */
  readonly line: (path: readonly PropertyKey[]) => number | undefined;
}

type Yaml = typeof import("yaml");

/** Reads YAML text; `problems` where it is none. The parser is loaded here, since that is slow. */
export async function readYaml(
  text: string,
): Promise<YamlDocument | { readonly problems: readonly Problem[] }> {
  const yaml = await import("yaml");
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, {
    lineCounter: lines,
    merge: true,
    prettyErrors: false,
  });
  const [fault] = [...document.errors, ...document.warnings];
  if (fault) return { problems: [syntaxProblem(fault.message, lines.linePos(fault.pos[0]).line)] };
  try {
    const content = withoutNothing(document.toJS({ maxAliasCount: 100 })) ?? {};
    const line = (path: readonly PropertyKey[]) => {
      const start = placeOf(yaml, document.contents, path);
      return start === undefined ? undefined : lines.linePos(start).line;
    };
    return { content, line };
  } catch (error) {
    return { problems: [syntaxProblem(messageOf(error), undefined)] };
  }
}

function syntaxProblem(message: string, line: number | undefined): Problem {
  return { key: "", line, text: `not YAML: ${message}` };
}

/** `app:` with everything below it commented out says nothing, and is no mistake. */
function withoutNothing(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== null);
  return Object.fromEntries(entries.map(([key, each]) => [key, withoutNothing(each)]));
}

/** Where the key, or the item of a list, begins in the text. */
function placeOf(yaml: Yaml, node: unknown, path: readonly PropertyKey[]): number | undefined {
  const own = yaml.isNode(node) ? node.range?.[0] : undefined;
  const [key, ...rest] = path;
  if (yaml.isSeq(node)) return placeOf(yaml, node.items[Number(key)], rest) ?? own;
  if (key === undefined || !yaml.isMap(node)) return own;
  const pair = node.items.find((item) => yaml.isScalar(item.key) && item.key.value === key);
  if (!pair) return own;
  const deeper = rest.length > 0 ? placeOf(yaml, pair.value, rest) : undefined;
  return deeper ?? placeOf(yaml, pair.key, []);
}
