import { closest, distance } from "fastest-levenshtein";
import { z } from "zod";
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
  const field = schema.shape[name] as z.ZodType | undefined;
  throw new OptionError({
    where: `${where} option ${name}`,
    expected: field === undefined ? (issue?.message ?? "") : inWords(field),
    received: show(input[name]),
  });
}

interface JsonField {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonField[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

/** What an option takes, in words: "a whole number of at least 2", "fixed or learned". */
function inWords(field: z.ZodType): string {
  const all = alternatives(z.toJSONSchema(field, { io: "input" }) as JsonField);
  return [all.slice(0, -1).join(", "), ...all.slice(-1)].filter((part) => part !== "").join(" or ");
}

function alternatives(field: JsonField): string[] {
  if (field.anyOf !== undefined) return field.anyOf.flatMap(alternatives);
  if (field.enum !== undefined) return field.enum.map(String);
  if (field.type === "integer") return [`a whole number${range(field)}`];
  if (field.type === "number") return [`a number${range(field)}`];
  if (field.type === "boolean") return ["true", "false"];
  return [field.type === "string" ? "text" : (field.type ?? "something else")];
}

function range({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonField): string {
  const bounded = (limit: number | undefined) =>
    limit !== undefined && Math.abs(limit) < Number.MAX_SAFE_INTEGER;
  if (bounded(minimum) && bounded(maximum)) return ` from ${minimum} to ${maximum}`;
  const bounds = [
    ...(bounded(minimum) ? [`of at least ${minimum}`] : []),
    ...(bounded(exclusiveMinimum) ? [`above ${exclusiveMinimum}`] : []),
    ...(bounded(maximum) ? [`of at most ${maximum}`] : []),
    ...(bounded(exclusiveMaximum) ? [`below ${exclusiveMaximum}`] : []),
  ];
  return bounds.length === 0 ? "" : ` ${bounds.join(" and ")}`;
}

/** A value as the user wrote it. */
function show(value: unknown): string {
  if (value === undefined) return "nothing";
  return typeof value === "string" ? value || "an empty text" : JSON.stringify(value);
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

/** `key=value` pairs as from a command line: numbers and booleans by their looks, everything else as text; the last counts. */
export function parseAssignments(pairs: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1)
        throw new OptionError({ where: "--set", expected: "key=value", received: pair || "nothing" });
      return [pair.slice(0, at), parseValue(pair.slice(at + 1))];
    }),
  );
}

function parseValue(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  const number = Number(text);
  return text.trim() !== "" && Number.isFinite(number) ? number : text;
}
