import assert from "node:assert/strict";
import fc from "fast-check";
import { markdownBlock, markdownCode, markdownText } from "../../../src/reports/markdown.ts";
import { rehearsalMarkdown } from "../../../src/reports/rehearsal_markdown.ts";
import {
  BROKEN,
  EVIL,
  findingWith,
  FOUND,
  HOSTILE,
  rehearsalWith,
  revisionWith,
  TRIED,
  UNJUDGED,
} from "./rehearsals.ts";

/** Text that is rich in what Markdown and GitHub read as more than text. */
const hostile = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.array(
    fc.constantFrom(..."`~*_[](){}<>|!#@&\\-+=1.: \n\r\t", "http://x.y", "www.x", "GH-1", "\u202e"),
    { maxLength: 40 },
  ).map((parts) => parts.join("")),
);

/** What is neither in a block of code nor in a span of it. */
function withoutCode(markdown: string): string {
  return markdown.replaceAll(/^(`{3,})\w*\n[^]*?\n\1$/gm, "").replaceAll(
    /(?<![\\`])(`+)(?!`)[^]*?[^`]\1(?!`)/g,
    "",
  );
}

function assertPlain(markdown: string): void {
  const text = withoutCode(markdown).replaceAll("&#8203;", "\u200b");
  assert.doesNotMatch(text, /[<>]/, text);
  assert.doesNotMatch(text, /@[\w[]|#\d|:\/\/|\bGH-\d|\bwww\./i, text);
  assert.doesNotMatch(text, /(?<!\\)(?:\\\\)*[`*_[\]~]/, text);
}

Deno.test("markdownText() leaves nothing that is more than text", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const markdown = markdownText(text);
      assertPlain(`x ${markdown}`);
      assert.doesNotMatch(markdown, /\n|(?<!\\)(?:\\\\)*\|/);
      assert.doesNotMatch(markdown, /^\s*(?:[-+=#]|\d+[.)])/);
    }),
    { numRuns: 500 },
  );
});

Deno.test("markdownText() leaves ordinary words as they are", () => {
  assert.equal(
    markdownText("Rewrites users (15 MB), 3.2 s: a-b"),
    "Rewrites users (15 MB), 3.2 s: a-b",
  );
  assert.equal(markdownText("a & b <c>"), "a &amp; b &lt;c&gt;");
});

Deno.test("markdownCode() ends where it should, and nowhere before", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const [, fence = "", inside = ""] = /^(`+)([^]*?)\1$/.exec(markdownCode(text)) ?? [];
      assert.ok(!Array.from(inside.matchAll(/`+/g)).some(([run]) => run === fence), inside);
      assert.doesNotMatch(inside, /^`|`$|\n/);
    }),
    { numRuns: 500 },
  );
});

Deno.test("markdownBlock() is ended by its own fence only", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const lines = markdownBlock(text, "text").split("\n");
      const fence = /^`+/.exec(lines[0] ?? "")?.[0] ?? "";
      const closing = lines.findIndex((line, at) => at > 0 && line.trimStart().startsWith(fence));
      assert.equal(closing, lines.length - 1);
    }),
    { numRuns: 500 },
  );
});

Deno.test("a rehearsal as Markdown has its verdict, its table, and what to do", () => {
  assert.equal(
    rehearsalMarkdown(FOUND),
    `## ❌ Rehearsal: 1 finding stops the upgrade, 1 warning

Rehearsed 2 revisions on a copy of backup db\\_backup\\_20261122\\_020000, data of 2026-11-22T02:00:00Z. Measured on the copy (19 MB, made in 2.1 s), where nobody else works; rows of tables are the planner's. Image auction-web:latest. 12.4 s in all.

|  | Revision | What | Took | Locks out | Rewrites | Rows | Downgrade |
| --- | --- | --- | ---: | --- | --- | ---: | --- |
| ❌ | 4f1c09ab27de | move addresses out of users | 1.2 s | everybody 970 ms | public.users 15 MB | 1,101 | lossy |
| ✅ | 0a7c6e4d8f13 | close every auction | 41 ms | nobody |  | 0 | lossless |

### \`4f1c09ab27de\` move addresses out of users

- locks everybody out of public.users for up to 970 ms (ACCESS EXCLUSIVE)
- rewrites public.users (15 MB, about 300,000 rows)
- updates 1,000 and deletes 101 rows
- takes away the column public.users.address with 2,000 values
- its downgrade does not bring all data back
- after its downgrade: type "order\\_state" is left behind by the downgrade of 4f1c09ab27de
- lost with its downgrade: 12 values of public.users.address
- lost with its downgrade: 101 rows of public.bids

❌ **rewrite-over**: Rewrites public.users (15 MB, about 300,000 rows) and locks everybody out of it for 970 ms: the type of a column is changed. (\`/srv/app/migrations/versions/4f1c09ab27de_move_addresses.py:21\`)

Safer:

\`\`\`python
op.add_column("users", sa.Column("id_new", sa.BigInteger()))
# backfill in batches, then swap in a later revision
op.alter_column("users", "id_new", new_column_name="id")
\`\`\`

To accept it: \`--allow rewrite-over\`, or \`rewrite-over: off\` below \`rehearsal.rules\` in \`oakum.yaml\`.

⚠️ **many-things**: Does 3 unrelated things: a failure in one keeps the others from being applied.

To accept it: \`many-things: off\` below \`rehearsal.rules\` in \`oakum.yaml\`.

### Models

The models agree with the upgraded copy.

Next: mend it, then oakum rehearse; or accept it: oakum upgrade 0a7c6e4d8f13 --allow rewrite-over
`,
  );
});

Deno.test("failures, trials, drift and warnings are in the Markdown", () => {
  const broken = rehearsalMarkdown(BROKEN);
  assert.match(broken, /^\| · \| 77aa09ab27de \| index the bids \|.*\| not reached \|$/m);
  assert.match(broken, /^❌ \*\*upgrade-fails\*\*: column.*\n\n```text\nalter table auctions/m);
  assert.doesNotMatch(broken, /it fails|To accept it/);
  const unjudged = rehearsalMarkdown(UNJUDGED);
  assert.match(
    unjudged,
    /^❌ \*\*it fails\*\*: column "status".*\n\n```text\nalter table auctions/m,
  );
  const tried = rehearsalMarkdown(TRIED);
  assert.match(tried, /^☑️ \*\*no-docstring\*\* \(allowed\): Has no docstring\./m);
  assert.match(tried, /^- add\\_column bids\.note$/m);
  assert.match(tried, /new schema after 12\.0 s\n\n```text\nF\.\n/);
  assert.doesNotMatch(tried, /listening on 8000/);
  assert.match(tried, /^⚠️ No extension vector/m);
});

Deno.test("hostile names in a report stay text, and make no cell, line or section", () => {
  const markdown = rehearsalMarkdown(HOSTILE);
  const ours = markdown.replaceAll(/^(?:❌|⚠️) \*\*.*?\*\*/gm, "");
  assertPlain(ours);
  for (const row of markdown.split("\n").filter((line) => line.startsWith("| "))) {
    assert.equal(row.match(/(?<!\\)(?:\\\\)*\|/g)?.length, 9, row);
  }
  const headings = withoutCode(markdown).split("\n").filter((line) => line.startsWith("## "));
  assert.equal(headings.length, 1);
  assert.match(headings[0] ?? "", / fails, 2 findings stop the upgrade$/);
});

Deno.test("a comment holds no more than a forge takes, and says what it leaves out", () => {
  const findings = [findingWith({ fix: `${EVIL}${"x".repeat(9000)}` })];
  const revisions = Array.from({ length: 12 }, () => revisionWith({ findings }));
  const markdown = rehearsalMarkdown(rehearsalWith({ verdict: "failed", revisions }));
  assert.ok(markdown.length < 65_536, String(markdown.length));
  assert.match(markdown, /^\d+ parts left out, since a comment holds no more/m);
  assert.match(markdown, /\nNext: mend it/);
});

Deno.test("a fix is fenced as what it is: a command, also below a remark, or code", () => {
  const blocks = (fix: string) =>
    [
      ...rehearsalMarkdown(rehearsalWith({ findings: [findingWith({ fix })] })).matchAll(
        /^```(\w+)/gm,
      ),
    ]
      .map(([, language]) => language);
  assert.deepEqual(blocks('oakum merge a b -m "merge heads"'), ["sh"]);
  assert.deepEqual(blocks("# Read it.\noakum revision --autogenerate"), ["sh"]);
  assert.deepEqual(blocks("# oakum upgrade, or:\nop.execute('x')"), ["python"]);
  assert.deepEqual(blocks("# Only a remark."), ["python"]);
});
