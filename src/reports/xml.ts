/** A terminal's sequences, which programs put into what they print. */
// deno-lint-ignore no-control-regex -- they begin with one
const SEQUENCE = /\x1b\[[0-?]*[ -/]*[@-~]/g;
/** What XML 1.0 cannot hold in any form, and what could show another text than there is. */
const IMPOSSIBLE = /(?![\t\n\r])\p{Cc}|\p{Cs}|[\ufffe\uffff\u202a-\u202e\u2066-\u2069]/gu;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

/** An element; attributes without a value are left out. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  children: readonly string[] = [],
): string {
  const given = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${attribute(String(value))}"`]
  ).join("");
  if (children.length === 0) return `<${name}${given}/>`;
  return `<${name}${given}>${children.join("")}</${name}>`;
}

/** Untrusted text between tags. */
export function xmlText(text: string): string {
  return possible(text).replaceAll("\r\n", "\n").replaceAll(/[&<>\r]/g, entity);
}

function attribute(text: string): string {
  return possible(text).replaceAll(/[&<>"\t\n\r]/g, entity);
}

function possible(text: string): string {
  return text.replaceAll(SEQUENCE, "").replaceAll(IMPOSSIBLE, "");
}

function entity(character: string): string {
  return ENTITIES[character] ?? character;
}
