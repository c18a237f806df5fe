import { closest, distance } from "fastest-levenshtein";
import type { z } from "zod";
import { OptionError } from "./errors.js";

/**
 * Options checked by their schema, defaults filled in. Throws OptionError for the first that does not exist (with the nearest
 * name) or is of the wrong type or range. `where` is what the options belong to: "infogan", "training".
 */
export function parseOptions<S extends z.ZodObject>(
  schema: S,
  input: Readonly<Record<string, unknown>>,
  where: string,
): z.infer<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  if (issue?.code === "unrecognized_keys")
    throw unknownName(`${where} option`, issue.keys[0] ?? "", Object.keys(schema.shape));
  const name = String(issue?.path[0]);
  throw new OptionError({
    where: `${where} option ${name}`,
    expected: expectation(issue?.message ?? ""),
    received: JSON.stringify(input[name]) ?? "nothing",
  });
}

/** What zod's sentence says it wanted. */
function expectation(message: string): string {
  const [, wanted] = /expected (.*?)(?:, received.*)?$/.exec(message) ?? [];
  return wanted?.replace("to be ", "") ?? message;
}

/** The error for a name that does not exist, with the nearest that does. */
export function unknownName(where: string, name: string, known: readonly string[]): OptionError {
  const nearest = known.length > 0 ? closest(name, [...known]) : undefined;
  const near = nearest !== undefined && distance(name, nearest) <= Math.max(2, name.length / 3);
  return new OptionError({
    where,
    expected: `one of ${known.join(", ")}`,
    received: name,
    ...(near && { hint: `Did you mean ${nearest}?` }),
  });
}

/** `key=value` pairs as they come from a command line: numbers and booleans by their looks, everything else as text. */
export function parseAssignments(pairs: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw new OptionError({ where: "--set", expected: "key=value", received: pair });
      return [pair.slice(0, at), parseValue(pair.slice(at + 1))];
    }),
  );
}

function parseValue(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  const number = Number(text);
  return text.trim() !== "" && Number.isFinite(number) ? number : text;
}
