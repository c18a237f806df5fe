import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { RunError } from "../errors.js";
import { unknownName } from "../options.js";
import { namesIn, writeWhole } from "./files.js";
import { firstIssue, readJson } from "./json.js";

/** What one seed gave. */
const measurement = z.strictObject({
  seed: z.int(),
  /** Version of Ganymede. */
  ganymede: z.string(),
  threads: z.int(),
  /** Of the training alone. */
  seconds: z.number(),
  processor: z.string(),
  values: z.record(z.string(), z.number()),
});
export type Measurement = z.infer<typeof measurement>;

const result = z.strictObject({
  id: z.string().regex(/^[a-z\d-]+$/),
  /** What is measured, in a few words. */
  about: z.string(),
  /** What follows `ganymede train`: {seed} stands for the seed, {NAME} for an input, {ID} for the run of another result. */
  train: z.string(),
  seeds: z.array(z.int()).min(1),
  /** What follows `ganymede evaluate RUN`, with the same names, where the numbers are not those of the training's own end. */
  evaluate: z.string().optional(),
  /** Files that the user must have, by name, in words. */
  inputs: z.record(z.string(), z.string()).default({}),
  /** Keys of the values that are reported. */
  metrics: z.array(z.string()).min(1),
  measured: z.array(measurement).default([]),
});
/** A reported result: how it is made, and what came out. */
export type Result = z.infer<typeof result>;

const resultsFile = z.strictObject({
  /** What others report, to be shown beside ours. */
  published: z.array(z.strictObject({ about: z.string(), values: z.record(z.string(), z.string()) })),
  results: z.array(result),
});
type ResultsFile = z.infer<typeof resultsFile>;

/** Where the pages of the methods have their results from: a file METHOD.json for each. */
export const RESULTS = fileURLToPath(new URL("../../results", import.meta.url));

/** Every result in the files of a folder. Throws RunError where there is none, or a JSON file of something else. */
export async function allResults(folder: string): Promise<Result[]> {
  const files = await Promise.all((await resultFiles(folder)).map(readResults));
  if (files.length > 0) return files.flatMap(({ results }) => results);
  throw new RunError({ where: folder, expected: "a folder of results, METHOD.json each", received: "none" });
}

/** Throws OptionError with the nearest id. */
export async function findResult(folder: string, id: string): Promise<Result> {
  const all = await allResults(folder);
  const found = all.find((one) => one.id === id);
  if (found !== undefined) return found;
  const ids = all.map((one) => one.id);
  throw unknownName("result", id, ids, "ganymede reproduce --list");
}

/** Writes a measurement into the file of its result, in place of an earlier one of the same seed. */
export async function recordMeasurement(folder: string, id: string, made: Measurement): Promise<void> {
  for (const path of await resultFiles(folder)) {
    const file = await readResults(path);
    const found = file.results.find((one) => one.id === id);
    if (found === undefined) continue;
    const others = found.measured.filter(({ seed }) => seed !== made.seed);
    found.measured = [...others, made].toSorted((a, b) => a.seed - b.seed);
    await writeWhole(path, `${JSON.stringify(file, null, 2)}\n`);
  }
}

/** A template with its names filled in. Throws RunError for a name without a value. */
export function filledIn(template: string, values: Readonly<Record<string, string>>): string[] {
  return template.split(" ").map((word) =>
    word.replaceAll(/\{([\w-]+)\}/g, (_all, name: string) => {
      const value = values[name];
      if (value !== undefined) return value;
      throw new RunError({ where: template, expected: `a value for {${name}}`, received: "none" });
    }),
  );
}

/** Names in braces. */
export function namesOf(...templates: readonly (string | undefined)[]): string[] {
  return [...templates.join(" ").matchAll(/\{([\w-]+)\}/g)].map(([, name = ""]) => name);
}

async function resultFiles(folder: string): Promise<string[]> {
  return (await namesIn(folder)).filter((name) => name.endsWith(".json")).map((name) => join(folder, name));
}

async function readResults(path: string): Promise<ResultsFile> {
  const expected = "the results of a method";
  const parsed = resultsFile.safeParse(await readJson(path, expected));
  if (parsed.success) return parsed.data;
  throw new RunError({
    where: path,
    expected,
    received: firstIssue(parsed.error),
    hint: "Keep other JSON files out of the folder of results.",
  });
}
