import type { RevisionFile } from "../../migrate/project.ts";
import type { Case } from "./case.ts";

/** The revision that a database with the tables of all cases is at. */
export const BASE: RevisionFile = { id: "base0", doc: "make all tables" };

/** The cases as revisions, one after the other: none is in the way of another. */
export function chain(cases: readonly Case[], prefix: string): RevisionFile[] {
  const id = (at: number) => `${prefix}${String(at + 1).padStart(2, "0")}`;
  return [
    BASE,
    ...cases.map(({ name, doc = name, upgrade, downgrade }, at): RevisionFile => (
      { id: id(at), down: at === 0 ? BASE.id : id(at - 1), doc, upgrade, downgrade }
    )),
  ];
}
