/** Whether a line of the checklist holds; `open` is for people, `unknown` could not be looked at. */
export type ChecklistState = "yes" | "no" | "open" | "unknown";

/** One line of the deployment checklist. */
export interface ChecklistItem {
  /** Stable, such as `rehearsed` or `disk`. */
  readonly id: string;
  /** What it is about, or what people have to see to, without an end: the detail follows. */
  readonly text: string;
  readonly state: ChecklistState;
  /** How it is, with the values that it was answered from, or why it is not known. */
  readonly detail: string | null;
}

/** A step of the way back. */
export interface RollbackStep {
  readonly text: string;
  /** What to type; null where there is nothing to be typed. */
  readonly command: string | null;
}

/** What should hold before an upgrade, answered from facts, and the way back written out. */
export interface Checklist {
  readonly items: readonly ChecklistItem[];
  readonly rollback: readonly RollbackStep[];
}

/** What no machine knows. */
export const OPEN_ITEMS: readonly ChecklistItem[] = [
  { id: "review", text: "somebody else has read the revisions" },
  { id: "window", text: "it is a time at which a short wait hurts nobody" },
  { id: "monitoring", text: "somebody watches errors and response times meanwhile" },
].map((item): ChecklistItem => ({ ...item, state: "open", detail: null }));

/** How a line of the checklist is marked. */
export const MARKS: Readonly<Record<ChecklistState, string>> = {
  yes: "[x]",
  no: "[!]",
  open: "[ ]",
  unknown: "[?]",
};

/** A line of the checklist after its mark. */
export function itemText({ text, detail }: ChecklistItem): string {
  return `${text}${detail === null ? "" : `: ${detail}`}`;
}

/** A step of the way back after its number. */
export function rollbackText({ text, command }: RollbackStep): string {
  return `${text}${command === null ? "" : `: ${command}`}`;
}

/** What only people know, as lines for a question: an answer to it is one to them. */
export function openLines({ items }: Checklist): string[] {
  return items.filter(({ state }) => state === "open").map((item) =>
    `${MARKS.open} ${itemText(item)}`
  );
}

/** The rest as lines, for the head of a run that may go ahead without a question. */
export function checklistLines({ items, rollback }: Checklist): string[] {
  return [
    ...items.filter(({ state }) => state !== "open").map((item) =>
      `${MARKS[item.state]} ${itemText(item)}`
    ),
    "If it has to be undone:",
    ...rollback.map((step, at) => `${at + 1}. ${rollbackText(step)}`),
  ];
}
