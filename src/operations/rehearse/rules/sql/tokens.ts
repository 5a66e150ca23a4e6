/** A piece of SQL text: a word, a quoted name, a literal or a single sign. */
export interface Token {
  readonly kind: "word" | "quoted" | "literal" | "sign";
  /** Words in lower case, quoted names without their quotes, signs and literals as they are. */
  readonly text: string;
  /** Where it begins and ends in the SQL. */
  readonly start: number;
  readonly end: number;
}

// A literal or a comment may be cut off at the end of what is known of a statement.
const PIECE = new RegExp(
  [
    String.raw`(?<space>\s+|--[^\n]*|/\*[\s\S]*?(?:\*/|$))`,
    String.raw`(?<quoted>"(?:[^"]|"")*"?)`,
    String
      .raw`(?<literal>[eEbBxXnN]?'(?:[^']|'')*'?|\$(?<tag>[a-zA-Z_]*)\$[\s\S]*?(?:\$\k<tag>\$|$)|\d[\d.]*)`,
    String.raw`(?<word>[\p{L}_][\p{L}\p{N}_$]*)`,
    String.raw`(?<sign>[\s\S])`,
  ].join("|"),
  "gu",
);

/** Cuts SQL into its tokens; comments and white space are left out. */
export function tokensOf(sql: string): Token[] {
  return [...sql.matchAll(PIECE)].flatMap((match): Token[] => {
    const { word, quoted, literal, sign } = match.groups ?? {};
    const place = { start: match.index, end: match.index + match[0].length };
    if (word !== undefined) return [{ kind: "word", text: word.toLowerCase(), ...place }];
    if (quoted !== undefined) return [{ kind: "quoted", text: unquoted(quoted), ...place }];
    if (literal !== undefined) return [{ kind: "literal", text: literal, ...place }];
    return sign === undefined ? [] : [{ kind: "sign", text: sign, ...place }];
  });
}

function unquoted(text: string): string {
  return text.replace(/^"/, "").replace(/"$/, "").replaceAll('""', '"');
}
