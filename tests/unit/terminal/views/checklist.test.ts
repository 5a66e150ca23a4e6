import assert from "node:assert/strict";
import { type Checklist, OPEN_ITEMS } from "../../../../src/reports/checklist.ts";
import { showChecklist } from "../../../../src/terminal/views/checklist.ts";
import { written } from "./reports.ts";

const CHECKLIST: Checklist = {
  items: [
    {
      ...{ id: "rehearsed", text: "rehearsed on real data", state: "yes" },
      detail: "2 revisions on backup db_backup_20261122_020000, 4 minutes ago",
    },
    {
      ...{ id: "downgrade", text: "every downgrade brings everything back", state: "no" },
      detail: "4f1c09ab27de loses column public.users.address",
    },
    { id: "disk", text: "room on the server", state: "unknown", detail: "df is not in the image" },
    ...OPEN_ITEMS,
  ],
  rollback: [
    { text: "undo it, at a price that is measured first", command: "oakum rollback" },
    { text: "start the app as it was", command: "docker compose up --detach web" },
    { text: "tell whoever waits", command: null },
  ],
};

Deno.test("each line says whether it holds and from what, and the way back is written out", () => {
  assert.equal(
    written((page) => showChecklist(CHECKLIST, page)),
    `Checklist, 1 line not as it should be:
  [x] rehearsed on real data: 2 revisions on backup db_backup_20261122_020000, 4
      minutes ago
  [!] every downgrade brings everything back: 4f1c09ab27de loses column
      public.users.address
  [?] room on the server: df is not in the image
  [ ] somebody else has read the revisions
  [ ] it is a time at which a short wait hurts nobody
  [ ] somebody watches errors and response times meanwhile
If it has to be undone:
  1. undo it, at a price that is measured first: oakum rollback
  2. start the app as it was: docker compose up --detach web
  3. tell whoever waits
`,
  );
});

Deno.test("a checklist in a pipe has one line for each of its lines", () => {
  const text = written((page) => showChecklist(CHECKLIST, page), { terminal: false });
  const lines = 1 + CHECKLIST.items.length + 1 + CHECKLIST.rollback.length;
  assert.equal(text.trimEnd().split("\n").length, lines);
});

Deno.test("a name in the checklist makes no line of its own", () => {
  const [first] = CHECKLIST.items;
  assert.ok(first);
  const items = [{ ...first, detail: "x\n  [x] backup verified\u001b[2K" }];
  const text = written((page) => showChecklist({ items, rollback: [] }, page));
  assert.match(text, /^Checklist:\n {2}\[x\] rehearsed on real data: x\\n {2}\[x\] backup/);
  assert.match(text, /verified\\x1b\[2K\n$/);
});
