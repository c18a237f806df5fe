import { hasEncoder, taughtDomain } from "../methods/index.js";
import type { Model } from "../train/index.js";
import { classScores } from "./scores/classes.js";
import { clusterScores } from "./scores/clusters.js";
import { domainScores } from "./scores/domains.js";
import { factorScores } from "./scores/factors.js";
import type { Domains, Measured, Scores } from "./scores/measured.js";
import { featureScores } from "./scores/features.js";
import { type Reading, readFirst } from "./scores/reading.js";
import { reconstructionScores } from "./scores/reconstructions.js";

/** What was measured of a model, on pictures it was not trained on. */
export interface Evaluation extends Scores {
  /** How many test pictures were read, and how many of them have a label. */
  readonly pictures: number;
  readonly labelled: number;
  /** How many files of the data, of both parts, could not be read and were left out (`skipBad`). */
  readonly skipped: number;
  /** Of a run with a target: how many of its test pictures were read, and whether labels of others were learned from. */
  readonly target?: { readonly pictures: number; readonly labelled: number; readonly taught: boolean };
}

const TEST_PICTURES = 10_000;

/** Called as stages go on: what is done, and how far. */
export type StageProgress = (stage: string, done: number, total: number) => void;

/** What a measurement may take besides a model and its data. */
export interface EvaluationOptions {
  readonly seed: number;
  /** Whether features are scored, which takes longest; default true. */
  readonly features?: boolean;
  readonly progress?: StageProgress;
}

/** Every score that fits the method's features and what is known of the data. */
export async function evaluateModel(
  model: Model,
  domains: Domains,
  { seed, features = true, progress = () => {} }: EvaluationOptions,
): Promise<Evaluation> {
  const { data, target } = domains;
  const { method, options } = model.spec;
  const skipped = (data.skipped?.length ?? 0) + (target?.skipped?.length ?? 0);
  if (!hasEncoder(method, options)) return { numbers: {}, pictures: 0, labelled: 0, skipped };
  const reading = (done: number, total: number) => progress("reading test pictures", done, total);
  reading(0, 1);
  const source = await readFirst(model, data.test, TEST_PICTURES, reading);
  const measured: Measured = {
    model,
    domains,
    source,
    ...(target && { target: await readFirst(model, target.test, TEST_PICTURES, reading) }),
    seed,
  };
  const ofFeatures = () =>
    featureScores(measured, (done, total) => progress("measuring features", done, total));
  // In the order of the report, whose first four numbers are the ones to look at: features come before factors.
  const groups: ((measured: Measured) => Scores | Promise<Scores>)[] = [
    classScores,
    clusterScores,
    domainScores,
    ...(features ? [ofFeatures] : []),
    factorScores,
    reconstructionScores,
  ];
  const scores: Scores[] = [];
  for (const [i, scored] of groups.entries()) {
    progress("measuring on test data", i, groups.length);
    scores.push(await scored(measured));
  }
  progress("measuring on test data", groups.length, groups.length);
  const evaluation = { ...merged(scores), ...countsOf(source), skipped };
  if (measured.target === undefined) return evaluation;
  const taught = taughtDomain(method, options) === "target";
  return { ...evaluation, target: { ...countsOf(measured.target), taught } };
}

function countsOf({ labels }: Reading): Pick<Evaluation, "pictures" | "labelled"> {
  return { pictures: labels.length, labelled: labels.filter((label) => label >= 0).length };
}

function merged(groups: readonly Scores[]): Scores {
  const all: Scores = Object.assign({}, ...groups) as Scores;
  return {
    ...all,
    numbers: Object.assign({}, ...groups.map(({ numbers }) => numbers)) as Scores["numbers"],
    unconverged: groups.flatMap(({ unconverged = [] }) => unconverged),
  };
}
