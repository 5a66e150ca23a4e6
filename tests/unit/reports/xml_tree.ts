import assert from "node:assert/strict";

/** An element as it was read. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  readonly text: string;
}

// deno-lint-ignore no-control-regex -- what XML 1.0 cannot hold
const IMPOSSIBLE = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Cs}/u;
const NAMED: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"' };
const TOKEN = /<(\/?)(\w[\w-]*)((?: [\w-]+="[^"<]*")*)(\/?)>|([^<>]+)/y;

/** Reads XML as strictly as a parser would that knows elements, attributes and text only. */
export function readXml(xml: string): Element {
  assert.doesNotMatch(xml, IMPOSSIBLE);
  const [, declared = ""] = /^<\?xml version="1\.0" encoding="UTF-8"\?>\n([^]*)\n$/.exec(xml) ?? [];
  const open = [{ name: "", attributes: {}, children: [] as Element[], text: "" }];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < declared.length) {
    const at = TOKEN.lastIndex;
    const [, closes, name = "", attributes = "", empty, text] = TOKEN.exec(declared) ?? [];
    assert.ok(name || text, `no XML: ${declared.slice(at, at + 80)}`);
    const top = open.at(-1);
    assert.ok(top);
    if (text !== undefined) top.text += decoded(text);
    else if (closes) {
      assert.equal(name, top.name);
      open.pop();
      open.at(-1)?.children.push(top);
    } else {
      const element = { name, attributes: attributesOf(attributes), children: [], text: "" };
      if (empty) top.children.push(element);
      else open.push(element);
    }
  }
  assert.equal(open.length, 1);
  const [root] = open[0]?.children ?? [];
  assert.ok(root);
  return root;
}

function attributesOf(text: string): Record<string, string> {
  const pairs = Array.from(text.matchAll(/ ([\w-]+)="([^"]*)"/g));
  return Object.fromEntries(pairs.map(([, name, value = ""]) => [name, decoded(value)]));
}

function decoded(text: string): string {
  return text.replaceAll(/&(?:#(\d+)|(\w+));|&/g, (match, code, name) => {
    assert.notEqual(match, "&", text);
    const found = code ? String.fromCodePoint(Number(code)) : NAMED[name];
    assert.ok(found, match);
    return found;
  });
}
