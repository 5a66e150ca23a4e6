import type { Choice, Question } from "../../core/ask.ts";
import { printable } from "../printable.ts";
import { declines, type Prompt } from "./prompt.ts";

/** One of the choices, by arrow keys or by its number; the state is an index. */
export function choosePrompt<T extends string>(
  question: Question,
  choices: readonly Choice<T>[],
  start: number,
): Prompt<number, T> {
  const last = choices.length - 1;
  return {
    start,
    render: (chosen, style) => [
      style("strong", question.text),
      ...choices.map(({ text }, i) => {
        const line = `${i === chosen ? ">" : " "} ${i + 1}. ${printable(text)}`;
        return i === chosen ? style("accent", line) : line;
      }),
    ],
    onKey: (chosen, key) => {
      if (declines(key)) return { declined: true };
      if (key.name === "up") return { state: Math.max(0, chosen - 1) };
      if (key.name === "down") return { state: Math.min(last, chosen + 1) };
      const choice = choices[chosen];
      if (key.name === "enter" && choice) return { answer: choice.value };
      const number = key.name === "text" && /^[1-9]$/.test(key.text) ? Number(key.text) - 1 : -1;
      return { state: number >= 0 && number <= last ? number : chosen };
    },
  };
}
