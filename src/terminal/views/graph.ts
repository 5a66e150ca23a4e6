/** A node of a graph and what its lines lead down to. */
export interface GraphNode {
  readonly id: string;
  readonly parents: readonly string[];
}

/** A node as it is drawn, beside which its text goes. */
export interface DrawnNode<N extends GraphNode> {
  readonly node: N;
  /** The line that joins what leads to the node, or keeps it apart from a base above it. */
  readonly before: string | undefined;
  readonly line: string;
  /** The line that leads to further parents, where there is one. */
  readonly after: string | undefined;
  /** What goes on below that: for further lines of the node's text. */
  readonly below: string;
}

/** Which characters a graph is drawn with. */
export type Strokes = Readonly<Record<number, string>>;

const [UP, DOWN, LEFT, RIGHT] = [1, 2, 4, 8] as const;

/** Indexed by the sum of the directions that a stroke leads to. */
export const UNICODE_STROKES: Strokes = strokes("│├╯╮─┬┴");
/** For terminals that show ASCII only. */
export const ASCII_STROKES: Strokes = strokes("||'.-.'");

function strokes(drawing: string): Strokes {
  const directions = [
    UP | DOWN,
    UP | DOWN | RIGHT,
    UP | LEFT,
    DOWN | LEFT,
    LEFT | RIGHT,
    DOWN | LEFT | RIGHT,
    UP | LEFT | RIGHT,
  ];
  const characters = [...drawing];
  return Object.fromEntries(directions.map((sum, at) => [sum, characters[at] ?? " "]));
}

/**
 * Draws a graph line by line. The nodes come with each one before its parents; parents that are not
 * among them are not drawn. Each column waits for one node, whose line it carries down.
 */
export function drawGraph<N extends GraphNode>(
  nodes: readonly N[],
  mark: (node: N) => string,
  strokes: Strokes,
): DrawnNode<N>[] {
  const shown = new Set(nodes.map(({ id }) => id));
  const lanes = new Lanes(strokes);
  return nodes.map((node) => {
    const { column, line: before } = lanes.arrive(node.id);
    const line = lanes.line(column, mark(node));
    const after = lanes.leave(column, node.parents.filter((parent) => shown.has(parent)));
    return { node, before, line, below: lanes.line(), after };
  });
}

class Lanes {
  /** What each column waits for; nothing where it is free. */
  readonly #waiting: (string | undefined)[] = [];
  /** The column of the node above, where no line goes on from it. */
  #ended: number | undefined;

  constructor(readonly strokes: Strokes) {}

  /** The node's column; where several wait for it, with the line that joins them. */
  arrive(id: string): { column: number; line: string | undefined } {
    const columns = this.#waiting.flatMap((waited, at) => waited === id ? [at] : []);
    const [column, ...others] = columns;
    if (column === undefined) return this.#begin(id);
    if (others.length === 0) return { column, line: undefined };
    const line = this.#across(column, others, UP);
    for (const other of others) this.#waiting[other] = undefined;
    this.#trim();
    return { column, line };
  }

  /** Sets out for the parents; where there are several, with the line that leads to them. */
  leave(column: number, [first, ...others]: readonly string[]): string | undefined {
    this.#ended = first === undefined ? column : undefined;
    this.#waiting[column] = first;
    // Even where another column waits for the same parent: a stroke into the middle of its line
    // would read as if that line turned aside.
    const opened = others.map((parent) => this.#open(column + 1, parent));
    const line = opened.length === 0 ? undefined : this.#across(column, opened, DOWN);
    this.#trim();
    return line;
  }

  /** The columns as they run on, with a mark in one of them. */
  line(column?: number, mark = ""): string {
    const cells = this.#waiting.map((waited, at) =>
      at === column ? mark : waited === undefined ? " " : this.#stroke(UP | DOWN)
    );
    return cells.join(" ").trimEnd();
  }

  /** A line that begins here; right below the end of another one it would seem to go on. */
  #begin(id: string): { column: number; line: string | undefined } {
    const apart = this.line();
    const column = this.#open(0, id);
    return { column, line: column === this.#ended ? apart : undefined };
  }

  /** The first free column from one on. */
  #open(from: number, id: string): number {
    let at = from;
    while (this.#waiting[at] !== undefined) at++;
    while (this.#waiting.length < at) this.#waiting.push(undefined);
    this.#waiting[at] = id;
    return at;
  }

  /** A stroke from a column, which goes on, to others on its right, which begin or end there. */
  #across(column: number, others: readonly number[], end: typeof UP | typeof DOWN): string {
    const last = Math.max(...others);
    const cells = this.#waiting.map((waited, at) => {
      const right = at >= column && at < last;
      const across = right ? this.#stroke(LEFT | RIGHT) : " ";
      if (at === column) return this.#stroke(UP | DOWN | RIGHT) + across;
      if (others.includes(at)) return this.#stroke(end | LEFT | (right ? RIGHT : 0)) + across;
      // A line that has nothing to do with it passes over the stroke.
      if (waited !== undefined) return this.#stroke(UP | DOWN) + across;
      return right ? across + across : "  ";
    });
    return cells.join("").trimEnd();
  }

  #stroke(directions: number): string {
    return this.strokes[directions] ?? " ";
  }

  #trim(): void {
    while (this.#waiting.length > 0 && this.#waiting.at(-1) === undefined) this.#waiting.pop();
  }
}
