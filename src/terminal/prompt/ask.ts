import type { Ask, Question } from "../../core/ask.ts";
import { OakumError } from "../../core/errors.ts";
import { printable } from "../printable.ts";
import type { Renderer } from "../renderer.ts";
import { choosePrompt } from "./choose.ts";
import { confirmPrompt } from "./confirm.ts";
import { type PromptTerminal, runPrompt } from "./loop.ts";
import type { Prompt } from "./prompt.ts";
import { typeNamePrompt } from "./type_name.ts";

/** What decides on asking. */
export interface AskOptions {
  readonly terminal: PromptTerminal;
  /** Whether somebody can be asked at all; see `canPrompt`. */
  readonly canPrompt: boolean;
  /** Whether `--yes` was given. */
  readonly yes: boolean;
  /** Its live line makes way for the question. */
  readonly renderer: Pick<Renderer, "pause" | "resume">;
}

/** What `canPrompt` looks at. */
export interface PromptFacts {
  readonly stdin: boolean;
  readonly stderr: boolean;
  readonly yes: boolean;
  readonly json: boolean;
  readonly environment: (name: string) => string | undefined;
}

/** Whether a person sits there: terminals on both ends, no `--yes`, no `--json`, no CI. */
export function canPrompt({ stdin, stderr, yes, json, environment }: PromptFacts): boolean {
  return stdin && stderr && !yes && !json && !environment("CI") && environment("TERM") !== "dumb";
}

/** Asks on a terminal, or answers for it as `--yes` and its absence say. */
export function createAsk(options: AskOptions): Ask {
  const put = <S, A>(question: Question, prompt: Prompt<S, A>) =>
    onTerminal(options, question, prompt);
  return {
    async confirm(question) {
      if (options.yes) return;
      if (!options.canPrompt) throw nobodyToAsk(question);
      if (!(await put(question, confirmPrompt(question)))) throw declined();
    },
    async typeName(question, name) {
      if (options.yes) return;
      if (!options.canPrompt) throw nobodyToAsk(question);
      await put(question, typeNamePrompt(question, name));
    },
    async choose(question, choices, fallback) {
      const at = choices.findIndex(({ value }) => value === fallback);
      if (options.canPrompt) {
        return await put(question, choosePrompt(question, choices, Math.max(0, at)));
      }
      if (fallback === undefined) throw nobodyToAsk(question);
      return fallback;
    },
  };
}

async function onTerminal<S, A>(
  { terminal, renderer }: AskOptions,
  question: Question,
  prompt: Prompt<S, A>,
): Promise<A> {
  renderer.pause();
  try {
    for (const detail of question.details ?? []) terminal.channel.prose(printable(detail));
    const turn = await runPrompt(prompt, terminal);
    if (!turn) throw declined();
    return turn.answer;
  } finally {
    renderer.resume();
  }
}

function declined(): OakumError {
  return new OakumError("declined", "refused", "Nothing was changed: the question was declined.");
}

function nobodyToAsk(question: Question): OakumError {
  const message = `Nothing was changed, since nobody can be asked here: ${question.text}`;
  return new OakumError("consent-needed", "refused", message, {
    hint: "Run it on a terminal, or add --yes to answer yes.",
  });
}
