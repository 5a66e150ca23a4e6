import type { Question } from "../../core/ask.ts";
import { printable } from "../printable.ts";
import { declines, edited, type Prompt } from "./prompt.ts";

/** Yes or no, typed and sent with Enter, since a stray key must not be a yes. */
export function confirmPrompt(question: Question): Prompt<string, boolean> {
  return {
    start: "",
    render: (typed, style) => [
      `${style("strong", question.text)} ${style("dim", "[y/N]")} ${printable(typed)}`,
    ],
    onKey: (typed, key) => {
      if (declines(key)) return { declined: true };
      if (key.name !== "enter") return { state: edited(typed, key) };
      if (/^y(es)?$/i.test(typed.trim())) return { answer: true };
      return /^(no?)?$/i.test(typed.trim()) ? { answer: false } : { state: "" };
    },
  };
}
