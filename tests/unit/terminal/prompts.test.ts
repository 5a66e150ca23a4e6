import assert from "node:assert/strict";
import type { Question } from "../../../src/core/ask.ts";
import { OakumError } from "../../../src/core/errors.ts";
import { canPrompt, createAsk } from "../../../src/terminal/prompt/ask.ts";
import { keysIn } from "../../../src/terminal/prompt/keys.ts";
import { memoryChannel, screen } from "./streams.ts";

const QUESTION: Question = { text: "Restore shop?", details: ["2 sessions will be ended."] };
const CHOICES = [
  { value: "full", text: "full guard" },
  { value: "none", text: "no guard" },
] as const;

/** A person at a terminal who types these pieces, and then waits for ever. */
function person(typed: readonly string[], columns = 80) {
  const { channel, sink } = memoryChannel({ columns });
  const controller = new AbortController();
  const raw: boolean[] = [];
  const pieces = [...typed];
  const keyboard = {
    read: () => {
      const piece = pieces.shift();
      if (piece === undefined) return new Promise<null>(() => {});
      return Promise.resolve(new TextEncoder().encode(piece));
    },
    setRaw: (on: boolean) => void raw.push(on),
  };
  const calls: string[] = [];
  const renderer = {
    pause: () => void calls.push("pause"),
    resume: () => void calls.push("resume"),
  };
  const ask = createAsk({
    terminal: { keyboard, channel, signal: controller.signal },
    canPrompt: true,
    yes: false,
    renderer,
  });
  return { ask, raw, calls, controller, sink, shown: () => screen(sink.text) };
}

function nobody(yes: boolean) {
  const { channel } = memoryChannel({ terminal: false });
  const touched = () => assert.fail("the terminal was touched");
  const keyboard = { read: () => Promise.reject(new Error("read")), setRaw: touched };
  const renderer = { pause: touched, resume: touched };
  const terminal = { keyboard, channel, signal: new AbortController().signal };
  return createAsk({ terminal, canPrompt: false, yes, renderer });
}

function outcome(code: string, kind: string) {
  return (error: unknown) =>
    error instanceof OakumError && error.code === code && error.outcome === kind;
}

Deno.test("confirm() comes back when the person types yes", async () => {
  for (const typed of [["y\r"], ["y", "e", "s", "\r"], ["n", "\x7f", "Y", "\r"]]) {
    const { ask, raw, calls } = person(typed);
    await ask.confirm(QUESTION);
    assert.deepEqual(raw, [true, false]);
    assert.deepEqual(calls, ["pause", "resume"]);
  }
});

Deno.test("confirm() refuses when the person types anything else, or nothing", async () => {
  for (const typed of [["\r"], ["n\r"], ["no\r"], ["\x1b"], ["\x04"], ["yellow\r", "\r"]]) {
    const { ask, raw } = person(typed);
    await assert.rejects(ask.confirm(QUESTION), outcome("declined", "refused"));
    assert.deepEqual(raw, [true, false]);
  }
});

Deno.test("confirm() shows details, then the question with what is typed", async () => {
  const { ask, shown } = person(["y", "\r"]);
  await ask.confirm(QUESTION);
  assert.deepEqual(shown(), ["2 sessions will be ended.", "Restore shop? [y/N] y", ""]);
});

Deno.test("typeName() comes back only when the name is typed exactly", async () => {
  const { ask, shown } = person(["Shop\r", "\x15", "shop", "\r"]);
  await ask.typeName(QUESTION, "shop");
  assert.match(shown().join("\n"), /Type shop to go on: shop\n$/);
  const other = person(["shopp\r", "\x1b"]);
  await assert.rejects(other.ask.typeName(QUESTION, "shop"), outcome("declined", "refused"));
});

Deno.test("typeName() empties the field after a wrong name, and keeps saying that it was wrong", async () => {
  const { ask, shown } = person(["Shop\r", "shop", "\r"]);
  await ask.typeName(QUESTION, "shop");
  assert.deepEqual(shown().slice(1), [
    "Restore shop?",
    "That is not the name; Esc declines.",
    "Type shop to go on: shop",
    "",
  ]);
});

Deno.test("confirm() says what it takes after another answer", async () => {
  const { ask, shown } = person(["maybe\r", "y", "\r"]);
  await ask.confirm(QUESTION);
  assert.deepEqual(shown().slice(1), ["Please answer y or n.", "Restore shop? [y/N] y", ""]);
});

Deno.test("a question that is declined is not quoted within quotes", async () => {
  const declined = person(["n\r"]).ask.confirm({ text: 'Drop "shop" of api?' });
  await assert.rejects(declined, { message: "Nothing was changed: the question was declined." });
  const unasked = nobody(false).confirm({ text: 'Drop "shop" of api?' });
  await assert.rejects(unasked, {
    message: 'Nothing was changed, since nobody can be asked here: Drop "shop" of api?',
  });
});

Deno.test("choose() moves by arrows and numbers", async () => {
  assert.equal(await person(["\x1b[B", "\r"]).ask.choose(QUESTION, CHOICES), "none");
  assert.equal(await person(["2", "\x1b[A", "\r"]).ask.choose(QUESTION, CHOICES), "full");
  assert.equal(await person(["\r"]).ask.choose(QUESTION, CHOICES, "none"), "none");
});

Deno.test("a prompt redraws in place where its lines wrap", async () => {
  const { ask, shown } = person(["\x1b[B", "\x1b[A", "\x1b[B", "\r"], 24);
  await ask.choose({ text: "Which of these guards should precede a change?" }, CHOICES);
  assert.deepEqual(shown(), [
    "Which of these guards",
    "should precede a",
    "change?",
    "  1. full guard",
    "> 2. no guard",
    "",
  ]);
});

Deno.test("Ctrl-C in a prompt interrupts and gives the terminal back", async () => {
  const { ask, raw, calls } = person(["y\x03"]);
  await assert.rejects(ask.confirm(QUESTION), outcome("interrupted", "interrupted"));
  assert.deepEqual(raw, [true, false]);
  assert.deepEqual(calls, ["pause", "resume"]);
});

Deno.test("a signal in a prompt ends it and gives the terminal back", async () => {
  const { ask, raw, controller } = person([]);
  const asked = ask.confirm(QUESTION);
  const reason = new OakumError("interrupted", "interrupted", "Interrupted by SIGTERM.");
  controller.abort(reason);
  await assert.rejects(asked, reason);
  assert.deepEqual(raw, [true, false]);
});

Deno.test("a question cannot bring control characters to the terminal", async () => {
  const { ask, sink } = person(["y\r"]);
  await ask.confirm({ text: "Restore \x1b]0;owned\x07?", details: ["a\x1b[2Jb"] });
  assert.ok(!sink.text.includes("\x1b]0;"));
  assert.ok(!sink.text.includes("\x1b[2J"));
});

Deno.test("--yes answers confirm() and typeName(), and chooses nothing", async () => {
  const ask = nobody(true);
  await ask.confirm(QUESTION);
  await ask.typeName(QUESTION, "shop");
  await assert.rejects(ask.choose(QUESTION, CHOICES), outcome("consent-needed", "refused"));
});

Deno.test("without a terminal and without --yes a question is refused, and --yes is named", async () => {
  const ask = nobody(false);
  const namesYes = (error: unknown) =>
    outcome("consent-needed", "refused")(error) && /--yes/.test((error as OakumError).hint ?? "");
  await assert.rejects(ask.confirm(QUESTION), namesYes);
  await assert.rejects(ask.typeName(QUESTION, "shop"), namesYes);
  assert.equal(await ask.choose(QUESTION, CHOICES, "full"), "full");
});

Deno.test("canPrompt() needs a terminal on both ends and a person", () => {
  const sits = { stdin: true, stderr: true, yes: false, json: false };
  const nothing = () => undefined;
  assert.ok(canPrompt({ ...sits, environment: nothing }));
  for (const lacking of [{ stdin: false }, { stderr: false }, { yes: true }, { json: true }]) {
    assert.ok(!canPrompt({ ...sits, ...lacking, environment: nothing }), JSON.stringify(lacking));
  }
  assert.ok(!canPrompt({ ...sits, environment: (name) => name === "CI" ? "true" : undefined }));
});

Deno.test("keysIn() tells keys apart, also when they come in one piece", () => {
  const names = keysIn("ab\r\x1b[A\x1b\x7f\x1b[3~ü").map((key) =>
    key.name === "text" ? key.text : key.name
  );
  assert.deepEqual(names, ["ab", "enter", "up", "escape", "backspace", "other", "ü"]);
});
