import type { z } from "zod";
import { RunError } from "../errors.js";
import { readText } from "./files.js";

/** What a JSON file holds; `expected` says what it should hold. Throws RunError with the path where it cannot be read or is no JSON. */
export async function readJson(path: string, expected: string): Promise<unknown> {
  const text = await readText(path);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RunError({ where: path, expected, received: "a file that is not JSON" }, { cause });
  }
}

/** What a schema objects to first, to be named as received: "one with a wrong data.name (Invalid input: ...)". */
export function firstIssue({ issues: [issue] }: z.ZodError): string {
  return `one with a wrong ${issue?.path.join(".") || "field"} (${issue?.message ?? ""})`;
}
