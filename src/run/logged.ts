import { namesIn } from "./files.js";
import type { MetricLine, RunFolder } from "./folder.js";

/** Where a step stands in the run; no curve. */
const PLACE = ["step", "candidate", "chosen", "seconds"];

/** The lines of the start that went on. */
export function ownLines(lines: readonly MetricLine[]): MetricLine[] {
  const chosen = lines.at(-1)?.candidate;
  return lines.filter(({ candidate }) => candidate === chosen);
}

/** Every value that is logged at some step. */
export function loggedNames(lines: readonly MetricLine[]): string[] {
  return [...new Set(lines.flatMap((line) => Object.keys(line)))].filter((name) => !PLACE.includes(name));
}

/** A value at the steps that have it: an update that runs at some steps only logs at these only. */
export function pointsOf(lines: readonly MetricLine[], name: string): (readonly [number, number])[] {
  return lines.filter((line) => name in line).map((line) => [line.step, Number(line[name])] as const);
}

/** The sheets of samples that were drawn while a run trained, in order. */
export async function sampleSheets(folder: RunFolder): Promise<{ step: number; path: string }[]> {
  const names = (await namesIn(folder.at("samples"))).filter((name) => name.startsWith("step-"));
  return names.map((name) => ({ step: Number(/\d+/.exec(name)?.[0]), path: folder.at("samples", name) }));
}
