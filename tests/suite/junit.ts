/** One test as `deno test` reported it. */
export interface TestCase {
  readonly file: string;
  readonly name: string;
  readonly seconds: number;
  readonly outcome: "passed" | "failed" | "skipped";
}

const CASE = /<testcase name="([^"]*)" classname="([^"]*)" time="([^"]*)"[^>]*>(.*?)<\/testcase>/gs;
const ENTITIES: Record<string, string> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&apos;": "'",
  "&amp;": "&",
};

/** The tests of a JUnit report; steps are part of their test. */
export function testCases(xml: string): TestCase[] {
  const cases: TestCase[] = [];
  for (const [, name = "", file = "", time = "", body = ""] of xml.matchAll(CASE)) {
    const test = { file: plain(file).replace(/^\.\//, ""), name: plain(name) };
    if (cases.some((other) => other.file === test.file && isStep(test.name, other.name))) continue;
    cases.push({ ...test, seconds: Number(time), outcome: outcomeOf(body) });
  }
  return cases;
}

function isStep(name: string, test: string): boolean {
  return name.startsWith(`${test} > `);
}

function outcomeOf(body: string): TestCase["outcome"] {
  if (body.includes("<failure")) return "failed";
  return body.includes("<skipped") ? "skipped" : "passed";
}

function plain(text: string): string {
  return text.replace(/&\w+;/g, (entity) => ENTITIES[entity] ?? entity);
}
