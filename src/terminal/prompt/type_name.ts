import type { Question } from "../../core/ask.ts";
import { printable } from "../printable.ts";
import { declines, edited, type Prompt } from "./prompt.ts";

/** The name must be typed as it is before Enter answers; anything else has to be typed anew. */
export function typeNamePrompt(question: Question, name: string): Prompt<Typed, true> {
  return {
    start: { text: "", wrong: false },
    render: ({ text, wrong }, style) => [
      style("strong", question.text),
      ...(wrong ? [style("bad", "That is not the name; Esc declines.")] : []),
      `Type ${style("accent", printable(name))} to go on: ${printable(text)}`,
    ],
    onKey: (state, key) => {
      if (declines(key)) return { declined: true };
      if (key.name !== "enter") return { state: { ...state, text: edited(state.text, key) } };
      return state.text === name ? { answer: true } : { state: { text: "", wrong: true } };
    },
  };
}

interface Typed {
  readonly text: string;
  /** Whether something else was sent before. */
  readonly wrong: boolean;
}
