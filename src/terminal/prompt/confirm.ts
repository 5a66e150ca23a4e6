import type { Question } from "../../core/ask.ts";
import { printable } from "../printable.ts";
import { declines, edited, type Prompt } from "./prompt.ts";

/** Yes or no, typed and sent with Enter, since a stray key must not be a yes. */
export function confirmPrompt(question: Question): Prompt<Typed, boolean> {
  return {
    start: { text: "", odd: false },
    render: ({ text, odd }, style) => [
      ...(odd ? [style("warn", "Please answer y or n.")] : []),
      `${style("strong", question.text)} ${style("dim", "[y/N]")} ${printable(text)}`,
    ],
    onKey: (state, key) => {
      if (declines(key)) return { declined: true };
      if (key.name !== "enter") return { state: { ...state, text: edited(state.text, key) } };
      const typed = state.text.trim();
      if (/^y(es)?$/i.test(typed)) return { answer: true };
      return /^(no?)?$/i.test(typed) ? { answer: false } : { state: { text: "", odd: true } };
    },
  };
}

interface Typed {
  readonly text: string;
  /** Whether something was sent before that is neither yes nor no. */
  readonly odd: boolean;
}
