import { distance } from "fastest-levenshtein";
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

/** What a field of a JSON schema may say of its values. */
export interface JsonField {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonField[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

/** The values a field takes: "0.1 to 4", "above 0 and at most 1", "fixed or learned", "at least 1 or null"; "" for any number. */
export function rangeOf(field: JsonField): string {
  return oneOrOther(alternatives(field, (number) => boundsOf(number).bounds));
}

/** What an option takes, in words: "a whole number of at least 2", "fixed or learned". */
function inWords(option: z.ZodType, { nullable = true } = {}): string {
  const field = z.toJSONSchema(option, { io: "input" }) as JsonField;
  const every = alternatives(field, numberInWords);
  return oneOrOther(nullable ? every : every.filter((one) => one !== "null"));
}

function oneOrOther(all: readonly string[]): string {
  return [all.slice(0, -1).join(", "), ...all.slice(-1)].filter((part) => part !== "").join(" or ");
}

function alternatives(field: JsonField, number: (field: JsonField) => string): string[] {
  const { type, anyOf, enum: values } = field;
  if (anyOf !== undefined) return anyOf.flatMap((one) => alternatives(one, number));
  if (values !== undefined) return values.map(String);
  if (typeof type === "object") return type.flatMap((one) => alternatives({ ...field, type: one }, number));
  if (type === "integer" || type === "number") return [number(field)];
  if (type === "boolean") return ["true", "false"];
  return [type === "string" ? "text" : (type ?? "something else")];
}

function numberInWords(field: JsonField): string {
  const { preposition, bounds } = boundsOf(field);
  const kind = field.type === "integer" ? "a whole number" : "a number";
  return [kind, preposition, bounds].filter((word) => word !== "").join(" ");
}

/** Bounds of a number, and what joins them to "a number". An integer without one has the largest safe integer there. */
function boundsOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonField): {
  readonly preposition: string;
  readonly bounds: string;
} {
  const bounded = (limit: number | undefined) =>
    limit !== undefined && Math.abs(limit) < Number.MAX_SAFE_INTEGER;
  if (bounded(minimum) && bounded(maximum))
    return { preposition: "from", bounds: `${minimum} to ${maximum}` };
  const bounds = [
    ...(bounded(minimum) ? [`at least ${minimum}`] : []),
    ...(bounded(exclusiveMinimum) ? [`above ${exclusiveMinimum}`] : []),
    ...(bounded(maximum) ? [`at most ${maximum}`] : []),
    ...(bounded(exclusiveMaximum) ? [`below ${exclusiveMaximum}`] : []),
  ];
  const inclusive = bounds[0]?.startsWith("at") === true;
  return { preposition: inclusive ? "of" : "", bounds: bounds.join(" and ") };
}

/** A value as the user wrote it. */
function show(value: unknown): string {
  if (value === undefined) return "nothing";
  return typeof value === "string" ? value || "an empty text" : JSON.stringify(value);
}

/** Names listed in an error: all where there are few, else the nearest. */
const FEW_NAMES = 8;
const NEAREST = 3;

/** By how many letters two names differ, upper and lower case alike. */
const apart = (a: string, b: string) => distance(a.toLowerCase(), b.toLowerCase());

const nearestFirst = (name: string, known: readonly string[]) =>
  known.toSorted((a, b) => apart(name, a) - apart(name, b));

/** The name that may have been meant; undefined where none is like it. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const [nearest] = name === "" ? [] : nearestFirst(name, known);
  return nearest !== undefined && apart(name, nearest) <= Math.max(1, 0.4 * name.length)
    ? nearest
    : undefined;
}

/** The error for a name that does not exist: the nearest first. `all` is the command that shows all, where they are many. */
export function unknownName(
  where: string,
  name: string,
  known: readonly string[],
  all?: string,
): OptionError {
  const sorted = nearestFirst(name, known);
  const nearest = nearestName(name, known);
  const few = sorted.length <= FEW_NAMES;
  const hints = [
    ...(nearest !== undefined ? [`Did you mean ${nearest}?`] : []),
    ...(all === undefined ? [] : [`All of them: ${all}`]),
  ];
  return new OptionError({
    where,
    expected: few
      ? oneOf(sorted)
      : `${sorted.slice(0, NEAREST).join(", ")} or ${sorted.length - NEAREST} others`,
    received: name || "nothing",
    ...(hints.length > 0 && { hint: hints.join(" ") }),
  });
}

/** "one of a, b", or "a" where that is all. */
export const oneOf = (names: readonly string[]): string =>
  names.length > 1 ? `one of ${names.join(", ")}` : names.join("");

/** `key=value` pairs as from a command line: numbers, booleans and null by their looks, the rest as text; the last counts. */
export function parseAssignments(pairs: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw noAssignment(pair);
      return [pair.slice(0, at), parseValue(pair.slice(at + 1))];
    }),
  );
}

function noAssignment(pair: string): OptionError {
  const hint = /^\w[\w.]*$/.test(pair)
    ? `Write ${pair}=VALUE. What is no key=value goes before --set.`
    : "For example: --set width=0.5 categories=5";
  return new OptionError({ where: "--set", expected: "key=value", received: pair || "nothing", hint });
}

/** The value of one option of a schema, as text of a command line. Throws OptionError with the range. */
export function parseOption(schema: z.ZodObject, name: string, text: string, where: string): unknown {
  const field = schema.shape[name] as z.ZodType;
  const parsed = field.safeParse(parseValue(text));
  if (parsed.success) return parsed.data;
  throw new OptionError({ where, expected: inWords(field, { nullable: false }), received: show(text) });
}

function parseValue(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  if (text === "null") return null;
  const number = Number(text);
  return text.trim() !== "" && Number.isFinite(number) ? number : text;
}
