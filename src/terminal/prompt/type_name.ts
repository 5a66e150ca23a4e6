import type { Question } from "../../core/ask.ts";
import { printable } from "../printable.ts";
import { declines, edited, type Prompt } from "./prompt.ts";

/** The name must be typed as it is before Enter answers; anything else stays, to be mended. */
export function typeNamePrompt(question: Question, name: string): Prompt<Typed, true> {
  return {
    start: { text: "", wrong: false },
    render: ({ text, wrong }, style) => [
      style("strong", question.text),
      `Type ${style("accent", printable(name))} to go on: ${printable(text)}` +
      (wrong ? ` ${style("bad", "(that is not the name; Esc declines)")}` : ""),
    ],
    onKey: (state, key) => {
      if (declines(key)) return { declined: true };
      if (key.name === "enter") {
        return state.text === name ? { answer: true } : { state: { ...state, wrong: true } };
      }
      return { state: { text: edited(state.text, key), wrong: false } };
    },
  };
}

interface Typed {
  readonly text: string;
  readonly wrong: boolean;
}
