/** What a person is asked. */
export interface Question {
  /** One sentence that ends in a question mark, such as `Restore shop from db_backup_…?`. */
  readonly text: string;
  /** What they should know before they answer, a line each. */
  readonly details?: readonly string[];
}

/** One of several answers. */
export interface Choice<T extends string> {
  readonly value: T;
  readonly text: string;
}

/**
 * Asks the person at the terminal. Every method throws an OakumError `refused` where they decline,
 * and where nobody can be asked and `--yes` was not given. Ask before taking locks.
 */
export interface Ask {
  /** Comes back where the person, or `--yes`, says yes. */
  confirm(question: Question): Promise<void>;
  /** Comes back where the person types `name`, or `--yes` was given: for what cannot be undone. */
  typeName(question: Question, name: string): Promise<void>;
  /** The chosen value; `fallback` where nobody can be asked. */
  choose<T extends string>(
    question: Question,
    choices: readonly Choice<T>[],
    fallback?: NoInfer<T>,
  ): Promise<T>;
}
