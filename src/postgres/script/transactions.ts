import { keyword, type Statement } from "./statement.ts";

/** What a statement does to the transaction around it. */
export type TransactionStep = "begins" | "ends" | "ends-and-begins" | "undoes" | undefined;

/** Says whether a statement begins, ends or undoes a transaction. */
export function transactionStep({ tokens }: Pick<Statement, "tokens">): TransactionStep {
  const [first, second] = [keyword(tokens[0]), keyword(tokens[1])];
  switch (first) {
    case "BEGIN":
      return "begins";
    case "START":
      return second === "TRANSACTION" ? "begins" : undefined;
    case "COMMIT":
    case "END":
      if (second === "PREPARED") return undefined;
      return isChained(tokens) ? "ends-and-begins" : "ends";
    case "PREPARE":
      return second === "TRANSACTION" ? "undoes" : undefined;
    case "ROLLBACK":
      return second === "PREPARED" ? undefined : "undoes";
    case "ABORT":
      return "undoes";
    default:
      return undefined;
  }
}

function isChained(tokens: Statement["tokens"]): boolean {
  const at = tokens.findIndex((token) => keyword(token) === "CHAIN");
  return at > 0 && keyword(tokens[at - 1]) !== "NO";
}
